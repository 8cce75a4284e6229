import { DEFAULT_THEME } from '@linkgrove/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeContrast, mixColors } from './color.ts';
import { PRESET_LOOKS } from './presets/index.ts';
import { resolveLook } from './theme.ts';

type Theme = Parameters<typeof resolveLook>[0];

const hex = fc.integer({ min: 0, max: 0xffffff }).map((n) => `#${n.toString(16).padStart(6, '0')}`);
const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null });
const PRESETS = Object.keys(PRESET_LOOKS) as Theme['preset'][];
const themes: fc.Arbitrary<Theme> = fc.record({
  preset: fc.constantFrom(...PRESETS),
  font: maybe(fc.constantFrom('system', 'serif', 'rounded', 'humanist', 'slab', 'mono', 'inter', 'caveat')),
  colorScheme: fc.constantFrom('auto', 'light', 'dark'),
  colors: fc.record({ text: maybe(hex), accent: maybe(hex), button: maybe(hex), buttonText: maybe(hex) }),
  background: maybe(
    fc.oneof(
      fc.record({ type: fc.constant('solid' as const), color: hex }),
      fc.record({ type: fc.constant('gradient' as const), from: hex, to: hex, angle: fc.nat(359) }),
      fc.record({
        type: fc.constant('pattern' as const),
        pattern: fc.constantFrom('dots', 'grid', 'stripes', 'checks', 'waves', 'rays'),
        color: hex,
        ink: hex,
      }),
    ),
  ),
  buttonShape: maybe(fc.constantFrom('square', 'rounded', 'pill')),
  buttonStyle: maybe(fc.constantFrom('filled', 'outline', 'soft', 'shadow', 'hard-shadow', 'line')),
  buttonHover: maybe(fc.constantFrom('none', 'lift', 'grow', 'press', 'invert', 'underline')),
  avatarShape: maybe(fc.constantFrom('circle', 'rounded', 'square', 'arch', 'none')),
  avatarSize: maybe(fc.constantFrom('small', 'medium', 'large')),
  headerLayout: maybe(fc.constantFrom('classic', 'hero', 'banner')),
  entrance: maybe(fc.constantFrom('none', 'fade', 'rise', 'pop')),
  cover: fc.constant(null),
  customCss: fc.constant(null),
});

/** The CSS variables of each colour scheme. */
const schemesIn = (css: string): Record<string, string>[] =>
  [...css.matchAll(/:root\{([^}]*)\}/g)].map(([, body = '']) =>
    Object.fromEntries(body.split(';').map((line) => line.split(/:(.*)/s).slice(0, 2) as [string, string])),
  );

const scrims = fc.record({
  type: fc.constant('picture' as const),
  fileId: fc.constant(null),
  url: fc.constant('https://img.example/x.jpg'),
  scrim: fc.constantFrom('dark', 'light'),
  strength: fc.integer({ min: 55, max: 95 }),
});

describe('a theme', () => {
  it('is readable on any picture behind its scrim', () => {
    fc.assert(
      fc.property(themes, scrims, hex, (theme, background, pixel) => {
        const [variables = {}] = schemesIn(resolveLook({ ...theme, background }).css);
        const seen = mixColors(
          background.scrim === 'dark' ? '#000000' : '#ffffff',
          pixel,
          background.strength / 100,
        );
        for (const name of ['--text', '--muted', '--accent'])
          expect(computeContrast(variables[name] ?? '', seen)).toBeGreaterThanOrEqual(4.45);
      }),
      { numRuns: 500 },
    );
  });

  it('is readable in any colours on any background', () => {
    fc.assert(
      fc.property(themes, (theme) => {
        const { css } = resolveLook(theme);
        for (const variables of schemesIn(css)) {
          const of = (name: string) => variables[name] as string;
          const background = of('--bg') ?? '';
          const grounds = background.match(/#[0-9a-f]{6}/g) ?? [];
          if (grounds.length === 0) throw new Error(css);
          const within = (ink: string, on: string[]) =>
            expect(Math.min(...on.map((ground) => computeContrast(ink, ground)))).toBeGreaterThanOrEqual(4.5);
          for (const name of ['--text', '--muted', '--accent']) within(of(name), grounds);
          for (const name of ['--on-card', '--link']) within(of(name), [of('--card')]);
          const button = of('--button') === 'transparent' ? grounds : [of('--button')];
          for (const name of ['--on-button', '--sub']) within(of(name), button);
          within(of('--invert'), [of('--on-button')]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('has its own schemes, and only one if the owner chose the background or the scheme', () => {
    const theme = { ...BASE, preset: 'meadow' as const };
    expect(resolveLook(theme).schemes).toEqual(['light', 'dark']);
    expect(resolveLook({ ...theme, colorScheme: 'dark' }).schemes).toEqual(['dark']);
    expect(resolveLook({ ...theme, preset: 'midnight', colorScheme: 'light' }).schemes).toEqual(['dark']);
    const on = (color: string) => resolveLook({ ...theme, background: { type: 'solid', color } }).schemes;
    expect([on('#101010'), on('#fafafa')]).toEqual([['dark'], ['light']]);
  });

  it('keeps the boxes of mono visible on any background', () => {
    const theme = { ...BASE, preset: 'mono' as const };
    for (const color of ['#ffffff', '#000000', '#ffcc00'])
      expect(resolveLook({ ...theme, background: { type: 'solid', color } }).css).toMatch(
        /--text:(#\w+);.*--edge:\1/,
      );
  });

  it.each(PRESETS)('%s keeps its own colours, because they are readable already', (preset) => {
    const { light, dark } = PRESET_LOOKS[preset];
    for (const palette of [light, dark]) {
      if (!palette) continue;
      const { css } = resolveLook({ ...BASE, preset, colorScheme: palette === light ? 'light' : 'dark' });
      for (const [name, color] of [
        ['--text', palette.text],
        ['--accent', palette.accent],
        ['--on-button', palette.buttonText],
      ])
        expect(css).toContain(`${name}:${color}`);
    }
  });

  it.each(PRESETS)('%s shows the colours that the owner chose for buttons', (preset) => {
    const colors = { ...BASE.colors, button: '#123456', buttonText: '#fedcba' };
    const { css } = resolveLook({ ...BASE, preset, colors });
    for (const variables of schemesIn(css).slice(0, 1))
      expect(variables).toMatchObject({ '--button': '#123456', '--on-button': '#fedcba' });
  });

  it('moves nothing for visitors who ask for less motion', () => {
    fc.assert(
      fc.property(themes, (theme) => {
        const { finish } = resolveLook(theme);
        const still = finish
          .replaceAll(/@media[^{]*no-preference\)\{(?:[^{}]*\{[^}]*\})*\}/g, '')
          .replaceAll(/@keyframes enter\{from\{[^}]*\}\}/g, '');
        expect(still).not.toMatch(/animation|(?<!text-)trans(?:form|ition):/);
      }),
    );
  });

  it('puts only our own words and colours into the style', () => {
    fc.assert(
      fc.property(themes, (theme) => {
        const { css, finish } = resolveLook(theme);
        expect(css).not.toMatch(/[<>\\@](?!media)|url|expression|import/i);
        expect(finish).not.toMatch(/[<\\]|url|expression|import/i);
      }),
    );
  });
});

const BASE: Theme = DEFAULT_THEME;
