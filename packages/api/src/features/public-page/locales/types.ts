/** The words of the page itself. `formatMessage` fills `{name}`-like placeholders; a handle is passed with its `@`. */
export type Messages = {
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

  profiles: string;
  hiddenContent: string;
  /** `{name}` */
  linksOf: string;
  /** `{app}` */
  opensIn: string;
  opensInNewTab: string;
  /** `{product}` */
  madeWith: string;
  createYourPage: string;
  previewBanner: string;

  sensitiveContent: string;
  adultsOnly: string;
  /** `{age}` */
  ageOnly: string;
  sensitiveTitle: string;
  sensitiveText: string;
  ageTitle: string;
  ageText: string;
  ageConfirm: string;

  // `{provider}`
  embedTitle: string;
  embedText: string;
  embedLoad: string;
  embedOpen: string;

  openNow: string;
  /** `{time}` */
  openUntil: string;
  closedNow: string;
  /** `{time}` */
  opensAt: string;
  addToCalendar: string;
  eventDetails: string;
  openMap: string;
  stopBackground: string;
  soldOut: string;
  anyAmount: string;
  /** `{count}` */
  creditsForYou: string;
  /** `{name}`, `{count}` */
  creditsForReferrer: string;

  lockedTitle: string;
  lockedPassword: string;
  lockedOpen: string;
  lockedWrong: string;

  formName: string;
  formPhone: string;
  formMessage: string;
  /** `{label}` */
  formOptional: string;
  formSend: string;
  formRequired: string;
  formInvalid: string;
  formConsent: string;
  formThanks: string;
  formCheckInbox: string;
  formConfirm: string;
  formUnsubscribe: string;
  formConfirmed: string;
  formUnsubscribed: string;

  contentTitle: string;
  /** `{handle}` */
  sharedBy: string;

  reportTitle: string;
  reportReason: string;
  reportSend: string;
  reportSent: string;
  reportDetails: string;
  reportEmail: string;
  reasonSpam: string;
  reasonFraud: string;
  reasonMalware: string;
  reasonImpersonation: string;
  reasonHate: string;
  reasonSexual: string;
  reasonMinors: string;
  reasonCopyright: string;
  reasonOther: string;

  /** `{handle}` */
  statsTitle: string;
  statsViews: string;
  statsVisitors: string;
  statsClicks: string;
  statsChart: string;
  statsPeriod: string;
  statsClicked: string;
  statsSources: string;
  statsDirect: string;
  untitled: string;

  leavingTitle: string;
  /** `{host}` */
  leavingText: string;
  verified: string;

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
  takenDownTitle: string;
  takenDownText: string;
  legalTitle: string;
  legalText: string;
  tooManyRequestsTitle: string;
  tooManyRequestsText: string;
  errorTitle: string;
  errorText: string;
};

export type Direction = 'ltr' | 'rtl';

/** `tag` is BCP 47, for `lang` and for `Intl`. */
export type Locale = { tag: string; direction: Direction; messages: Messages };
