import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const DOCUMENT = new URL('../docs/asvs.md', import.meta.url);
const document = readFileSync(DOCUMENT, 'utf8');
const rows = [...document.matchAll(/^\| (\d+\.\d+\.\d+) +\|([^|]+)\|([^|]+)\|([^|]+)\|$/gm)].map(
  ([, id = '', , state = '', reason = '']) => ({ id, state: state.trim(), reason: reason.trim() }),
);

/** How many requirements of levels 1 and 2 the sections of ASVS 5.0.0 have. */
const SECTIONS: Record<string, number> = {
  '6.1': 3,
  '6.2': 12,
  '6.3': 4,
  '6.4': 4,
  '6.5': 5,
  '6.6': 3,
  '6.8': 4,
  '7.1': 3,
  '7.2': 4,
  '7.3': 2,
  '7.4': 5,
  '7.5': 2,
  '7.6': 2,
  '9.1': 3,
  '9.2': 4,
  '10.1': 2,
  '10.2': 2,
  '10.3': 4,
  '10.4': 11,
  '10.5': 5,
  '10.6': 2,
  '10.7': 3,
};

it('docs/asvs.md has every requirement of levels 1 and 2 of chapters 6, 7, 9 and 10 once, in order', () => {
  const expected = Object.entries(SECTIONS).flatMap(([section, count]) =>
    Array.from({ length: count }, (_, index) => `${section}.${index + 1}`),
  );
  expect(rows.map(({ id }) => id)).toEqual(expected);
});

it('docs/asvs.md counts its lines', () => {
  const count = (state: string) => rows.filter((row) => row.state === state).length;
  const unmet = count('not met') > 0 ? ` ${count('not met')} not,` : '';
  expect(document.replaceAll(/\s+/g, ' ')).toContain(
    `Of ${rows.length} lines ${count('met')} are met, ${count('in part')} in part,${unmet} and ${count('does not apply')} do not apply.`,
  );
});

it.each(rows)('$id has a test that exists, or a reason', ({ state, reason }) => {
  expect(['met', 'in part', 'not met', 'does not apply']).toContain(state);
  const parts = reason.split('; ').map((part) => ({
    ids: part.match(/\b(?:A13\.\d+|[A-Z]\d{1,2}(?= in|,)|kratos #\d+)/g) ?? [],
    files: [...part.matchAll(/\]\((\S+\.test\.ts)\)/g)].map(([, path = '']) => new URL(path, DOCUMENT)),
  }));
  const files = parts.flatMap((part) => part.files);
  if (state === 'met' || state === 'in part') expect(files).not.toEqual([]);
  else expect(reason.length).toBeGreaterThan(15);
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
  for (const { ids, files: named } of parts) {
    const texts = named.map((file) => readFileSync(file, 'utf8'));
    if (texts.length > 0) expect(ids.filter((id) => !texts.some((text) => text.includes(id)))).toEqual([]);
  }
});
