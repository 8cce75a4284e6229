/** The first letter, number or symbol of a title, for where there is no picture. */
export const findInitial = (title: string): string =>
  [...new Intl.Segmenter().segment(title)]
    .map(({ segment }) => segment)
    .find((one) => /[\p{L}\p{N}\p{S}]/u.test(one))
    ?.toUpperCase() ?? '·';
