/** For `like`: texts that begin with `text`, whose own wildcards mean nothing. */
export const toPrefixPattern = (text: string): string => `${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
