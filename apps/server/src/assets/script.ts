/**
 * The script of the built-in pages: sends forms to the API as JSON and shows the answer as text, never as HTML. A
 * string, so that it is part of the production bundle; browsers run it unchanged.
 */
export const BUILT_IN_PAGES_SCRIPT = `const FIELD_OF = {
  EMAIL_TAKEN: 'email',
  USERNAME_TAKEN: 'username',
  INVALID_REFERRAL_CODE: 'referralCode',
  REFERRAL_CODE_EXPIRED: 'referralCode',
  SELF_REFERRAL: 'referralCode',
};

// Empty optional fields are left out.
const valuesOf = (form) =>
  Object.fromEntries(
    [...form.elements]
      .filter(({ name, value, required }) => name && (value !== '' || required))
      .map(({ name, value }) => [name, value]),
  );

async function post(form) {
  try {
    const response = await fetch(form.action, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(valuesOf(form)),
    });
    const answer = await response.json().catch(() => ({}));
    return { ok: response.ok, answer };
  } catch {
    return { ok: false, answer: { detail: 'The server cannot be reached. Check your connection and try again.' } };
  }
}

function say(form, text, isDone = false) {
  const message = form.querySelector('.message');
  message.textContent = text;
  message.classList.toggle('done', isDone);
  return message;
}

/** Shows a message at its field. Returns false if the form has no such field. */
function mark(form, name, text) {
  const note = document.getElementById(name + '-error');
  if (!note || !form.contains(note)) return false;
  note.textContent = text;
  document.getElementById(name).setAttribute('aria-invalid', 'true');
  return true;
}

function clear(form) {
  say(form, '');
  for (const note of form.querySelectorAll('.error')) note.textContent = '';
  for (const input of form.querySelectorAll('[aria-invalid]')) input.removeAttribute('aria-invalid');
}

function showProblem(form, { code, detail = 'Something went wrong. Try again.', errors }) {
  const rows = errors ?? (code in FIELD_OF ? [{ path: FIELD_OF[code], message: detail }] : []);
  const missed = rows.filter(({ path, message }) => !mark(form, path, message));
  const isAllMarked = rows.length > 0 && missed.length === 0;
  const hint = rows.length === 1 ? 'Please check the marked field.' : 'Please check the marked fields.';
  const message = say(form, isAllMarked ? hint : detail);
  (form.querySelector('[aria-invalid]') ?? message).focus();
}

/** Fills in the user's data. */
function fill(section, user) {
  for (const element of section.querySelectorAll('[data-fill]')) {
    element.textContent = user[element.dataset.fill] ?? '';
  }
  for (const element of section.querySelectorAll('[data-unverified]')) element.hidden = user.emailVerified;
}

/** Shows the next section; each section of a page is one of its states. */
function showNext(form, { user }) {
  const section = form.closest('section');
  const next = section.nextElementSibling;
  if (user) fill(next, user);
  form.reset();
  section.hidden = true;
  next.hidden = false;
  const heading = next.querySelector('h1');
  document.title = heading.textContent + ' · Linkgrove';
  heading.focus();
}

async function submit(event) {
  event.preventDefault();
  const form = event.currentTarget;
  if (form.ariaBusy === 'true') return;
  form.ariaBusy = 'true';
  clear(form);
  const { ok, answer } = await post(form);
  form.ariaBusy = 'false';
  if (!ok) showProblem(form, answer);
  else if (form.dataset.done) say(form, form.dataset.done, true).focus();
  else showNext(form, answer);
}

function reveal({ currentTarget: button }) {
  const input = document.getElementById(button.getAttribute('aria-controls'));
  const isHidden = input.type === 'password';
  input.type = isHidden ? 'text' : 'password';
  button.textContent = isHidden ? 'Hide' : 'Show';
  button.setAttribute('aria-label', button.textContent + ' password');
}

for (const button of document.querySelectorAll('[aria-controls]')) button.addEventListener('click', reveal);
for (const form of document.forms) {
  form.noValidate = true;
  form.addEventListener('submit', submit);
}
for (const button of document.querySelectorAll('button')) button.disabled = false;
`;
