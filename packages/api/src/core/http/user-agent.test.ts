import { describe, expect, it } from 'vitest';
import { readBrowserKind } from './user-agent.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

describe('readBrowserKind', () => {
  it('is the same for every version of a browser', () => {
    const kind = readBrowserKind(FIREFOX);
    expect(kind).toEqual({ family: 'Firefox on Linux', label: 'Firefox on Linux' });
    expect(readBrowserKind(FIREFOX.replaceAll('140', '152'))).toEqual(kind);
  });

  it('tells unknown programs apart, but shows none of their words', () => {
    const [one, two] = [readBrowserKind('win-now.com/1.0 (call us)'), readBrowserKind('Other/2.0 (x)')];
    expect(one.family).not.toBe(two.family);
    expect([one.label, two.label]).toEqual([null, null]);
    expect(readBrowserKind(undefined)).toEqual({ family: '', label: null });
  });
});
