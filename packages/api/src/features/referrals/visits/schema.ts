/** The campaign parameters of a visited URL that are stored with a referral. */
export const UTM_PARAMETERS = [
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
] as const;
export type UtmParameters = Partial<Record<(typeof UTM_PARAMETERS)[number], string>>;
