import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../testing/any-text.ts';
import { CONFUSABLES_TABLE } from './confusables-table.ts';
import { computeSkeleton, isConfusableWithAscii } from './confusables.ts';

const words = (text: string) => text.trim().split(/\s+/);

describe('isConfusableWithAscii', () => {
  it.each(
    words(`ɡoogle ɡоogle раура1 сон аррӏе οικο ꓐꓮꓠꓗ ꓮꓑꓑꓡꓰ Ꮮinkedin ꮯꮃꮪ ⲟⲣⲟ ⲣaypal рayрal ʜᴏᴛ ᴀᴘᴘʟᴇ ɪnstagram lınkedin tıktok
      ԁоmаіn xᴢ ѵk ԝѡԝ хухъьвнмт αοορνικυχγ асԁеԍһіјӏкԛорԗѕ ɡæme`),
  )('catches %s', (label) => {
    expect(isConfusableWithAscii(label)).toBe(true);
  });

  it.each(
    words(`google paypal xn--bcher-kva bücher straße cœur hjælp ærø øl łódź kadıköy façade señor ñandú ơi mật-ong žába þing
      президент привет параграф яндекс παράδειγμα ελλάδα հայաստան ישראל مصر हिन्दी ไทย ქართველი 例え カタカナ日本 한국 中国`),
  )('lets %s pass', (label) => {
    expect(isConfusableWithAscii(label)).toBe(false);
  });

  it('never catches a label of ASCII characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (label) => {
        expect(isConfusableWithAscii(label)).toBe(false);
      }),
    );
  });

  it('catches any ASCII word in which letters are replaced by look-alikes', () => {
    const lookalikes: Record<string, string> = {
      a: 'аɑα',
      c: 'сⲥ',
      e: 'е',
      g: 'ɡ',
      i: 'іı',
      o: 'оⲟο',
      p: 'рⲣ',
      s: 'ѕ',
      v: 'ѵν',
      x: 'х',
      y: 'у',
    };
    const letter = fc.constantFrom(...Object.keys(lookalikes));
    const fake = letter.chain((plain) => fc.constantFrom(...(lookalikes[plain] ?? plain)));
    const plain = fc.string({
      unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789-'),
      maxLength: 10,
    });
    fc.assert(
      fc.property(plain, fake, plain, (start, middle, end) => {
        expect(isConfusableWithAscii(start + middle + end)).toBe(true);
      }),
    );
  });
});

describe('computeSkeleton', () => {
  it('is the same for labels that look alike', () => {
    expect(computeSkeleton('раураl')).toBe(computeSkeleton('paypal'));
    expect(computeSkeleton('ɡoogle')).toBe(computeSkeleton('google'));
    expect(computeSkeleton('rn')).toBe(computeSkeleton('m'));
    expect(computeSkeleton('мама')).toBe(computeSkeleton('mama'));
  });

  it('is its own skeleton for every character that is looked up', () => {
    for (const character of CONFUSABLES_TABLE.replaceAll(/\s/g, '')) {
      const skeleton = computeSkeleton(character);
      expect(computeSkeleton(skeleton)).toBe(skeleton);
    }
  });

  it('is its own skeleton, in either normalization form', () => {
    const text = fc.oneof(anyText(), fc.string({ unit: fc.constantFrom(...'аоеm1ꓐɡé中हि') }));
    fc.assert(
      fc.property(text, (label) => {
        const skeleton = computeSkeleton(label);
        expect(computeSkeleton(label.normalize('NFC'))).toBe(skeleton);
        expect(computeSkeleton(skeleton)).toBe(skeleton);
      }),
      { numRuns: 1_000 },
    );
  });
});
