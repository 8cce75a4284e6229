/**
 * The words that a public page itself says; everything else on it is its owner's. `{name}`-like placeholders are
 * filled by `formatMessage`. A handle is passed with its `@`.
 */
export type Messages = {
  // Actions
  continue: string;
  backToPage: string;
  goHome: string;
  share: string;
  copyLink: string;
  copied: string;
  email: string;
  report: string;
  saveContact: string;
  qrCode: string;

  // Labels
  profiles: string;
  hiddenContent: string;
  /** Description for search engines and previews: `{name}`. */
  linksOf: string;
  /** After a link to another app: `{app}`. */
  opensIn: string;
  opensInNewTab: string;
  /** Footer: `{product}`. */
  madeWith: string;
  createYourPage: string;
  /** Above a page that isn't public yet. */
  previewBanner: string;

  // Gates
  sensitiveContent: string;
  adultsOnly: string;
  /** Next to a gated block: `{age}`. */
  ageOnly: string;
  sensitiveTitle: string;
  sensitiveText: string;
  ageTitle: string;
  ageText: string;
  ageConfirm: string;

  // Embeds, which load only after a click: `{provider}`
  embedTitle: string;
  embedText: string;
  embedLoad: string;
  embedOpen: string;

  // Content behind a link
  contentTitle: string;
  /** `{handle}` */
  sharedBy: string;

  // Reports
  reportTitle: string;
  reportReason: string;
  reportSend: string;
  reportSent: string;

  // Notices
  notFoundTitle: string;
  notFoundText: string;
  /** `{handle}` */
  nameAvailable: string;
  claimName: string;
  pageGoneTitle: string;
  pageGoneText: string;
  linkGoneTitle: string;
  linkGoneText: string;
  previewEndedTitle: string;
  previewEndedText: string;
  suspendedTitle: string;
  suspendedText: string;
  legalTitle: string;
  legalText: string;
  tooManyRequestsTitle: string;
  tooManyRequestsText: string;
  errorTitle: string;
  errorText: string;
};

export type Direction = 'ltr' | 'rtl';

/** A language of the public page. `tag` is BCP 47, for `lang` and for `Intl`. */
export type Locale = { tag: string; direction: Direction; messages: Messages };
