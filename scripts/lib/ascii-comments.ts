import type { Plugin } from 'rolldown';

/** V8 keeps a source with a single other character at two bytes for each; `charset` escapes all but comments. */
export const asciiComments: Plugin = {
  name: 'ascii-comments',
  generateBundle: (_options, bundle) => {
    for (const output of Object.values(bundle))
      if (output.type === 'chunk') output.code = output.code.replaceAll(/[^\0-\x7f]/g, '?');
  },
};
