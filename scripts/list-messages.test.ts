import { describe, expect, it } from 'vitest';
import { readMessages } from './lib/read-messages.ts';
import { listMessages } from './list-messages.ts';

describe('the list of messages', () => {
  const messages = listMessages();
  const textsOf = (wanted: string) =>
    messages.filter(({ group }) => group === wanted).map(({ text }) => text);

  it('has the texts of every kind that people read', () => {
    expect(textsOf('errors')).toEqual(
      expect.arrayContaining([
        'Wrong email, username or password',
        'Invalid cursor',
        'List every block exactly once',
      ]),
    );
    expect(textsOf('mail')).toContain('Verify your email address');
    expect(textsOf('pages')).toEqual(
      expect.arrayContaining([
        'Page not found',
        'Your invite link',
        'Username already in use. Choose another one.',
      ]),
    );
    expect(textsOf('reference')).toContain('Create a page');
  });

  it('says nothing in a way that the style guide forbids', () => {
    const forbidden =
      /\b(whoever|for who|comes? to an end|of ours|lets? go of|is told of|upkeep|newcomer)\b/i;
    expect(messages.filter(({ text }) => forbidden.test(text))).toEqual([]);
  });
});

it('a message is read with its line, without markup and queries', () => {
  const source = [
    'const query = sql`select all from pages where id = 1`;',
    "throw new AppError('NOT_FOUND', `Only ${MAX_PAGES} pages`);",
    "const page = html`<p>Two words</p>`; const key = 'some-key';",
  ].join('\n');
  expect(readMessages('packages/api/src/x.ts', source)).toEqual([
    { group: 'errors', file: 'packages/api/src/x.ts', line: 2, text: 'Only {MAX_PAGES} pages' },
    { group: 'other', file: 'packages/api/src/x.ts', line: 3, text: 'Two words' },
  ]);
});
