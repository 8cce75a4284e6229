import { renderField } from './form.ts';

export const EMAIL_FIELD = renderField({
  name: 'email',
  label: 'Email',
  type: 'email',
  autocomplete: 'email',
});
export const renderUsername = (value: string) =>
  renderField({
    name: 'username',
    label: 'Username',
    type: 'text',
    autocomplete: 'username',
    value,
    check: 'username',
    hint: 'It becomes the address of your page. Use 3–30 letters or digits; single . _ - allowed inside.',
  });
export const renderNewPassword = (label: string) =>
  renderField({
    name: 'password',
    label,
    type: 'password',
    autocomplete: 'new-password',
    check: 'strength',
    hint: 'Use at least 8 characters, for example three or four unusual words.',
  });
export const renderReferralCode = (value: string) =>
  renderField({
    name: 'referralCode',
    label: 'Referral code',
    type: 'text',
    autocomplete: 'off',
    value,
    optional: true,
    check: 'referralCode',
  });
