import { formatMessage, type PublicBlock } from '@linkgrove/api';
import { html as markup } from '../../html.ts';
import { type BlockContext, type OpenBlockOf, renderCard, type RenderedBlock } from './shared.ts';

const STYLE = `form{display:grid;gap:.875rem;margin-top:.5rem}
form label{display:block;font-weight:600}
form input:not([type=checkbox],[type=hidden]),form textarea{display:block;width:100%;min-height:2.75rem;margin-top:.25rem;padding:.5rem .75rem;border:1px solid var(--on-card);border-radius:min(var(--corner),.75rem);background:var(--card);color:inherit;font:inherit}
form textarea{min-height:6rem}
form .tick{display:flex;gap:.625rem;font-weight:400}
form .tick input{width:1.25rem;height:1.25rem;margin:.125rem 0;flex:none}
form .wrong{display:block;font-weight:600}
form .wrong::before{content:"⚠ "/""}
form button{cursor:pointer;font:inherit;font-weight:600;justify-self:start}
form .more{position:absolute;inset-inline-start:-200vw}
`;

type Data = OpenBlockOf<'form'>['data'];
type Field = Data['fields'][number]['field'];

/** The visitor's entries, and the messages next to them. */
export type Entries = {
  values: Partial<Record<Field, string>>;
  consent: boolean;
  errors: Partial<Record<Field | 'consent', string>>;
};
const NO_ENTRIES: Entries = { values: {}, consent: false, errors: {} };

const INPUTS = {
  email: markup` type="email" autocomplete="email" maxlength="254"`,
  name: markup` type="text" autocomplete="name" maxlength="100"`,
  phone: markup` type="tel" autocomplete="tel" maxlength="40"`,
};

export function isForm(block: PublicBlock): boolean {
  return block.type === 'form' && block.data !== null && block.data.action !== null;
}

/** Sent to our own origin and answered with a page, so it works without a script. */
export function renderForm(
  { id, title, data }: OpenBlockOf<'form'>,
  { locale, localizeHref }: BlockContext,
  { values, consent, errors }: Entries = NO_ENTRIES,
): RenderedBlock {
  const { messages } = locale;
  const labels: Record<Field, string> = {
    email: messages.email,
    name: messages.formName,
    phone: messages.formPhone,
    message: messages.formMessage,
  };
  const renderError = (key: Field | 'consent') =>
    errors[key] === undefined
      ? { text: '', attributes: '' }
      : {
          text: markup`<span class="wrong" id="e-${id}-${key}">${errors[key]}</span>`,
          attributes: markup` aria-invalid="true" aria-describedby="e-${id}-${key}"`,
        };
  const fields = data.fields.map(({ field, required }) => {
    const { text, attributes } = renderError(field);
    const common = markup` name="${field}"${required ? markup` required` : ''}${attributes}`;
    const value = values[field] ?? '';
    const input =
      field === 'message'
        ? markup`<textarea${common} maxlength="2000">${value}</textarea>`
        : markup`<input${INPUTS[field]}${common} value="${value}">`;
    const label = labels[field];
    const shown = required ? label : formatMessage(locale, messages.formOptional, { label });
    return markup`<label>${shown}${input}${text}</label>`;
  });
  const agreement = renderError('consent');
  const tick =
    data.consent === null
      ? ''
      : markup`<label class="tick"><input type="checkbox" name="consent" value="yes" required${consent ? markup` checked` : ''}${agreement.attributes}><span dir="auto">${data.consent}${agreement.text}</span></label><input type="hidden" name="consentText" value="${data.consent}">`;
  const description = data.description === null ? '' : markup`<p dir="auto">${data.description}</p>`;
  const trap = markup`<div class="more" aria-hidden="true"><label>Website<input type="text" name="website" tabindex="-1" autocomplete="off"></label></div>`;
  const form =
    data.action === null
      ? ''
      : markup`<form method="post" action="${localizeHref(data.action)}" accept-charset="utf-8">${fields}${tick}${trap}<button class="chip" type="submit"><bdi>${data.button ?? messages.formSend}</bdi></button></form>`;
  return renderCard(title, markup`${description}${form}`, [STYLE]);
}
