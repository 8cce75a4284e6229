import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../testing/any-text.ts';
import { isDeceptiveHost } from './deceptive-host.ts';

const words = (text: string) => text.trim().split(/\s+/);

describe('isDeceptiveHost', () => {
  it.each(
    words(`pаypal.com gооgle.com сон.com ɡоogle.com αpple.com 日本αβ.jp xn--a.com ɡoogle.com ɡoogle.рф ꓐꓮꓠꓗ.com ꓐꓮꓠꓗ.рф
      Ꮮinkedin.com ꮯꮃꮪ.com ⲟⲣⲟ.com ⲣaypal.com lınkedin.com ꓐänk.com example.ɡoogle.com סוס.com ѵk.com οικο.gr`),
  )('catches %s', (host) => {
    expect(isDeceptiveHost(host)).toBe(true);
    expect(isDeceptiveHost(domainToASCII(host) || host)).toBe(true);
  });

  it.each(
    words(`example.com my_host.example.com bücher.example straße.de президент.рф παράδειγμα.gr 例え.jp カタカナ日本.jp
      हिन्दी.भारत сон.рф сорго.рф москва.рф привет.com кошка.бел οικο.ελ סוס.ישראל סוס.co.il هه.مصر altın.com.tr cœur.fr hjælp.dk
      łódź.pl 한국.kr 中国.中国 வணக்கம்.இந்தியா ไทย.ไทย აბგ.გე հայ.հայ 127.0.0.1 localhost abc日本.jp rn.com`),
  )('lets %s pass', (host) => {
    expect(isDeceptiveHost(host)).toBe(false);
    expect(isDeceptiveHost(domainToASCII(host))).toBe(false);
  });

  it('takes any text, and lets every ASCII domain pass', () => {
    fc.assert(
      fc.property(anyText(), (host) => {
        expect(typeof isDeceptiveHost(host)).toBe('boolean');
      }),
    );
    fc.assert(
      fc.property(fc.domain(), (host) => {
        fc.pre(!/(^|\.)xn--/i.test(host));
        expect(isDeceptiveHost(host)).toBe(false);
      }),
    );
  });
});
