import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createGeoReader } from './service.ts';

type Value = string | number | Value[] | { [key: string]: Value };

const UINT32 = 6 << 5;
const encode = (value: Value): Buffer => {
  if (typeof value === 'string')
    return Buffer.concat([Buffer.of((2 << 5) | value.length), Buffer.from(value)]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([Buffer.of(UINT32 | 4), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([Buffer.of(value.length, 4), ...value.map(encode)]);
  const members = Object.entries(value);
  const encoded = members.flatMap(([name, member]) => [encode(name), encode(member)]);
  return Buffer.concat([Buffer.of((7 << 5) | members.length), ...encoded]);
};

/** A file in the MaxMind DB format (version 2.0) that knows one IPv4 network of 24 bits. */
function buildMmdb(network: [number, number, number], record: Value): Buffer {
  const count = 24;
  const tree = Buffer.alloc(count * 6);
  for (let node = 0; node < count; node += 1) {
    const bit = ((network[node >> 3] ?? 0) >> (7 - (node & 7))) & 1;
    const next = node === count - 1 ? count + 16 : node + 1;
    tree.writeUIntBE(bit === 0 ? next : count, node * 6, 3);
    tree.writeUIntBE(bit === 1 ? next : count, node * 6 + 3, 3);
  }
  const metadata = {
    node_count: count,
    record_size: 24,
    ip_version: 4,
    database_type: 'Test',
    languages: ['en'],
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_790_000_000,
    description: { en: 'Test' },
  };
  const marker = Buffer.concat([Buffer.of(0xab, 0xcd, 0xef), Buffer.from('MaxMind.com')]);
  return Buffer.concat([tree, Buffer.alloc(16), encode(record), marker, encode(metadata)]);
}

let folder: string;
let file: string;
const warnings: string[] = [];
const logger = { info: () => {}, warn: (_details: unknown, text: string) => void warnings.push(text) };
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  warnings.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'linkgrove-geo-'));
  file = join(folder, 'places.mmdb');
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});
const open = () => createGeoReader(file, logger as never);

const VIENNA = { country: { iso_code: 'AT' }, subdivisions: [{ iso_code: '9' }] };
const NOWHERE = { country: null, region: null };

describe('GEOIP_FILE', () => {
  it('gives country and region of an address, and nothing for others', async () => {
    writeFileSync(file, buildMmdb([203, 0, 113], VIENNA));
    const find = await open()();
    expect(find('203.0.113.7')).toEqual({ country: 'AT', region: 'AT-9' });
    for (const address of ['192.0.2.1', '2001:db8::1', 'fe80::1%eth0', 'unknown', ''])
      expect(find(address)).toEqual(NOWHERE);
  });

  it('may be flat', async () => {
    writeFileSync(file, buildMmdb([203, 0, 113], { country_code: 'DE' }));
    expect((await open()())('203.0.113.7')).toEqual({ country: 'DE', region: null });
  });

  it('is read again within a minute after it changes', async () => {
    writeFileSync(file, buildMmdb([203, 0, 113], VIENNA));
    const load = open();
    await load();
    writeFileSync(file, buildMmdb([203, 0, 113], { country: { iso_code: 'DE' } }));
    utimesSync(file, 1, 1);
    expect((await load())('203.0.113.7').country).toBe('AT');
    vi.advanceTimersByTime(60_001);
    expect((await load())('203.0.113.7').country).toBe('DE');
  });

  it('that is missing or broken is reported, and the last good one stays in use', async () => {
    const load = open();
    expect((await load())('203.0.113.7')).toEqual(NOWHERE);
    writeFileSync(file, buildMmdb([203, 0, 113], VIENNA));
    vi.advanceTimersByTime(60_001);
    expect((await load())('203.0.113.7').country).toBe('AT');
    writeFileSync(file, 'no database');
    vi.advanceTimersByTime(60_001);
    expect((await load())('203.0.113.7').country).toBe('AT');
    expect(warnings).toEqual(['GEOIP_FILE cannot be read', 'GEOIP_FILE cannot be read']);
  });
});
