/**
 * The script of the built-in pages. It sends their forms to the API as JSON and shows the answer, always as text. A
 * string, so that the production bundle includes it; browsers run it unchanged.
 */
export const BUILT_IN_PAGES_SCRIPT = `const FIELDS_BY_CODE = {
  EMAIL_TAKEN: 'email',
  USERNAME_TAKEN: 'username',
  INVALID_REFERRAL_CODE: 'referralCode',
  REFERRAL_CODE_EXPIRED: 'referralCode',
  SELF_REFERRAL: 'referralCode',
};

// Omits optional fields that are empty.
const readValues = (form) =>
  Object.fromEntries(
    [...form.elements]
      .filter(({ name, value, required }) => name && (value !== '' || required))
      .map(({ name, value }) => [name, value]),
  );

async function sendForm(form) {
  try {
    const response = await fetch(form.action, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(readValues(form)),
    });
    const answer = await response.json().catch(() => ({}));
    return { ok: response.ok, answer };
  } catch {
    return { ok: false, answer: { detail: 'Cannot reach the server. Check your connection and try again.' } };
  }
}

function showMessage(form, text, isDone = false) {
  const message = form.querySelector('.message');
  message.textContent = text;
  message.classList.toggle('done', isDone);
  return message;
}

/** Shows a message next to its field; false if the form has no such field. */
function markField(form, name, text) {
  const note = document.getElementById(name + '-error');
  if (!note || !form.contains(note)) return false;
  note.textContent = text;
  document.getElementById(name).setAttribute('aria-invalid', 'true');
  return true;
}

function clearMessages(form) {
  showMessage(form, '');
  for (const note of form.querySelectorAll('.error')) note.textContent = '';
  for (const input of form.querySelectorAll('[aria-invalid]')) input.removeAttribute('aria-invalid');
}

function showProblem(form, { code, detail = 'Something went wrong. Please try again.', errors }) {
  const rows = errors ?? (code in FIELDS_BY_CODE ? [{ path: FIELDS_BY_CODE[code], message: detail }] : []);
  const missed = rows.filter(({ path, message }) => !markField(form, path, message));
  const isAllMarked = rows.length > 0 && missed.length === 0;
  const hint = rows.length === 1 ? 'Please check the marked field.' : 'Please check the marked fields.';
  const message = showMessage(form, isAllMarked ? hint : detail);
  (form.querySelector('[aria-invalid]') ?? message).focus();
}

function fillIn(section, user) {
  for (const element of section.querySelectorAll('[data-fill]')) {
    element.textContent = user[element.dataset.fill] ?? '';
  }
  for (const element of section.querySelectorAll('[data-unverified]')) element.hidden = user.emailVerified;
}

/** The sections of a page are its states, in order; a form can name another one as its next. */
function showNext(form, { user }, next = document.getElementById(form.dataset.next) ?? form.closest('section').nextElementSibling) {
  const section = form.closest('section');
  if (user) fillIn(next, user);
  form.reset();
  section.hidden = true;
  next.hidden = false;
  const heading = next.querySelector('h1');
  document.title = heading.textContent + ' · Linkgrove';
  heading.focus();
}

/** Finds the state for an error that means that nothing is left to do, such as a link that is opened again. */
const findProblemState = ({ errors = [] }) =>
  [...document.querySelectorAll('[data-problem]')].find(({ dataset }) =>
    errors.some(({ code }) => code === dataset.problem),
  );

async function submit(event) {
  event.preventDefault();
  const form = event.currentTarget;
  if (form.ariaBusy === 'true') return;
  form.ariaBusy = 'true';
  clearMessages(form);
  const { ok, answer } = await sendForm(form);
  form.ariaBusy = 'false';
  const state = ok ? undefined : findProblemState(answer);
  if (state) showNext(form, {}, state);
  else if (!ok) showProblem(form, answer);
  else if (form.dataset.done) showMessage(form, form.dataset.done, true).focus();
  else showNext(form, answer);
}

function togglePassword({ currentTarget: button }) {
  const input = document.getElementById(button.getAttribute('aria-controls'));
  const isHidden = input.type === 'password';
  input.type = isHidden ? 'text' : 'password';
  button.textContent = isHidden ? 'Hide' : 'Show';
  button.setAttribute('aria-label', button.textContent + ' password');
}

for (const button of document.querySelectorAll('[aria-controls]')) button.addEventListener('click', togglePassword);
for (const form of document.forms) {
  form.noValidate = true;
  form.addEventListener('submit', submit);
}
for (const button of document.querySelectorAll('button')) button.disabled = false;
`;
