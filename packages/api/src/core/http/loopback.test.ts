import { expect, it } from 'vitest';
import { isLoopbackHost, isLoopbackHostHeader } from './loopback.ts';

it.each([
  'localhost',
  'LocalHost',
  'localhost.',
  'a.b.localhost',
  '127.0.0.1',
  '127.255.0.1',
  '::1',
  '[::1]',
])('%s is this machine', (host) => {
  expect(isLoopbackHost(host)).toBe(true);
});

it.each([
  '',
  '0.0.0.0',
  '::',
  '128.0.0.1',
  '127.0.0.1.example.com',
  'localhost.example.com',
  'xlocalhost',
  '[::2]',
])('%s is not', (host) => {
  expect(isLoopbackHost(host)).toBe(false);
});

it.each(['localhost', 'localhost:3000', '[::1]:3000', '127.0.0.1:80', 'x.localhost:1'])(
  'the Host header %s names this machine',
  (header) => {
    expect(isLoopbackHostHeader(header)).toBe(true);
  },
);

it.each([
  undefined,
  '',
  ':3000',
  'localhost:port',
  'localhost/@a.example',
  'localhost@a.example',
  'a.example#localhost',
])('the Host header %s does not', (header) => {
  expect(isLoopbackHostHeader(header)).toBe(false);
});
