import { describe, expect, it } from 'vitest';
import { providerList } from './settings.ts';

const parse = (...entries: unknown[]) => providerList.parse(JSON.stringify(entries));
const KEYS = { clientId: 'the-client', clientSecret: 'the-secret' };

describe('the providers of the settings', () => {
  it('need an ID and keys, where a preset knows the rest', () => {
    const ids = ['google', 'microsoft', 'github', 'discord'];
    const { settings, faults } = parse(...ids.map((id) => ({ id, ...KEYS })));
    expect(faults).toEqual([]);
    expect(settings.map(({ name }) => name)).toEqual(['Google', 'Microsoft', 'GitHub', 'Discord']);
  });

  it('can have other names, a list of scopes, and the spelling of OAuth', () => {
    const entry = {
      id: 'work',
      preset: 'google',
      name: 'Work',
      client_id: 'a',
      client_secret: 'b',
      scopes: ['openid', 'email'],
    };
    expect(parse(entry).settings).toMatchObject([
      {
        id: 'work',
        name: 'Work',
        clientId: 'a',
        clientSecret: 'b',
        scopes: 'openid email',
        issuer: 'https://accounts.google.com',
      },
    ]);
  });

  it('are off if they are incomplete, unknown, without TLS or double, and the reason has no value', () => {
    const { settings, faults } = parse(
      { id: 'a', issuer: 'https://id.example.com', clientId: 'the-client' },
      { id: 'b', ...KEYS },
      { id: 'c', issuer: 'http://id.example.com', ...KEYS },
      { id: 'd', issuer: 'https://id.example.com', ...KEYS, clientsecret: 'the-secret' },
      { id: 'Not An ID', issuer: 'https://id.example.com', ...KEYS },
      { id: 'e', issuer: 'https://id.example.com', ...KEYS },
      { id: 'e', issuer: 'https://id.example.com', ...KEYS },
      'google',
    );
    expect(settings).toEqual([]);
    expect(faults).toHaveLength(7);
    expect(faults.slice(0, 4)).toEqual([
      'the provider a is off: clientSecret is missing',
      'the provider b is off: issuer is missing',
      'the provider c is off: issuer and endpoints must start with https://',
      'the provider d is off: wrong or unknown: unrecognized_keys',
    ]);
    expect(faults.join()).not.toMatch(/the-secret|the-client|Not An ID/);
  });

  it('are refused as a whole if they are no list', () => {
    for (const text of ['', '{', '{}', '"google"', 'null'])
      expect(providerList.safeParse(text).error?.issues[0]?.message).toBe(
        'must be a JSON array of providers',
      );
  });

  it('may be on this machine without TLS', () => {
    expect(parse({ id: 'a', issuer: 'http://127.0.0.1:9000', ...KEYS }).faults).toEqual([]);
  });
});
