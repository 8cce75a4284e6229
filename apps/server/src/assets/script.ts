/** A string, so that the production bundle includes it. Answers of the API are always shown as text. */
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
    return { ok: false, answer: { detail: "Couldn't reach the server. Check your connection and try again." } };
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
  for (const note of form.querySelectorAll('.error, .note')) note.textContent = '';
  for (const input of form.querySelectorAll('[aria-invalid]')) input.removeAttribute('aria-invalid');
}

function showProblem(form, { code, detail = 'Something went wrong. Please try again.', errors }) {
  // A used or expired link never works again.
  if (code === 'TOKEN_EXPIRED')
    for (const button of form.closest('section').querySelectorAll('form > button:not([type])')) button.hidden = true;
  const rows = errors ?? (code in FIELDS_BY_CODE ? [{ path: FIELDS_BY_CODE[code], message: detail }] : []);
  const missed = rows.filter(({ path, message }) => !markField(form, path, message));
  const isAllMarked = rows.length > 0 && missed.length === 0;
  const hint = rows.length === 1 ? 'Please check the marked field.' : 'Please check the marked fields.';
  const message = showMessage(form, isAllMarked ? hint : detail);
  (form.querySelector('[aria-invalid]') ?? message).focus();
}

function fillIn(section, user) {
  for (const element of section.querySelectorAll('[data-fill]')) {
    if (element.dataset.fill in user) element.textContent = user[element.dataset.fill];
  }
  for (const element of section.querySelectorAll('[data-unverified]')) element.hidden = user.emailVerified;
}

async function callApi(method, path, body) {
  const headers = body && { 'content-type': 'application/json' };
  const response = await fetch('/api' + path, { method, headers, body: body && JSON.stringify(body) });
  return { status: response.status, answer: await response.json().catch(() => ({})) };
}

/** Shows the address of the user's first page in the personal workspace, and how to publish it if it is a draft. */
async function showPage(section, user) {
  const { status, answer } = await callApi('GET', '/pages?limit=1&workspaceId=' + user.id).catch(() => ({}));
  const page = answer?.items?.[0];
  const part = section.querySelector('[data-page]');
  if (status !== 200 || !page) return;
  const show = ({ url, published }) => {
    fillIn(part, { pageUrl: url });
    part.querySelector('[data-open]').href = url;
    part.querySelector('[data-open]').hidden = !published;
    part.querySelector('[data-draft]').hidden = published;
    part.hidden = false;
  };
  show(page);
  part.querySelector('[data-publish]').onclick = async ({ currentTarget: button }) => {
    button.disabled = true;
    const { status, answer } = await callApi('PATCH', '/pages/' + page.id, { published: true }).catch(() => ({}));
    button.disabled = false;
    if (status === 200) show(answer);
    else part.querySelector('.error').textContent = answer?.detail ?? "Couldn't reach the server. Try again.";
  };
}

const findAddress = (button) => button.closest('.address').querySelector('code');

async function copyAddress({ currentTarget: button }) {
  const address = findAddress(button);
  getSelection().selectAllChildren(address);
  try {
    await navigator.clipboard.writeText(address.textContent);
    button.textContent = 'Copied';
    setTimeout(() => (button.textContent = 'Copy'), 2_000);
  } catch {
    // The address stays selected, to be copied by hand.
  }
}

const shareAddress = ({ currentTarget: button }) =>
  navigator.share({ url: findAddress(button).textContent }).catch(() => {});

/** The sections of a page are its states, in order; a form can name another one as its next. */
function showNext(form, answer, next = document.getElementById(form.dataset.next) ?? form.closest('section').nextElementSibling) {
  const section = form.closest('section');
  fillIn(next, answer.user ?? answer);
  if (answer.user && next.querySelector('[data-page]')) showPage(next, answer.user);
  form.reset();
  section.hidden = true;
  next.hidden = false;
  const heading = next.querySelector('h1');
  document.title = heading.textContent + ' · Linkgrove';
  heading.focus();
}

/** Finds the state that an error leads to, such as the question for a code or what is shown of a link that is opened again. */
const findProblemState = ({ code, errors = [] }) =>
  [...document.querySelectorAll('[data-problem]')].find(({ dataset }) =>
    [code, ...errors.map((error) => error.code)].includes(dataset.problem),
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
  if (state) {
    for (const input of state.querySelectorAll('[name=mfaToken]')) input.value = answer.mfaToken;
    showNext(form, {}, state);
  }
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

const NAME_PROBLEMS = {
  invalid: 'Use 3–30 letters or digits; single . _ - allowed inside',
  reserved: 'This username is reserved. Choose another one.',
  taken: 'Username already in use. Choose another one.',
  held: 'This username is reserved for its previous owner. Choose another one.',
};

async function checkUsername(value) {
  const { status, answer } = await callApi('GET', '/handles/' + encodeURIComponent(value));
  if (status !== 200) return {};
  return answer.available
    ? { note: location.host + '/@' + value + ' is available' }
    : { error: NAME_PROBLEMS[answer.reason] };
}

// People may paste the whole link.
const readCode = (text) => /(?:referral=|[/]r[/])([^&#/?]+)/.exec(text)?.[1] ?? text;

async function checkReferralCode(value) {
  const { status, answer } = await callApi('GET', '/referral-codes/' + encodeURIComponent(readCode(value)));
  if (status === 404) return { error: 'Invalid referral code. Correct it, or leave the field empty.' };
  if (status !== 200) return {};
  const { username, displayName } = answer.referrer;
  const isNamed = displayName && displayName !== username;
  const referrer = isNamed ? displayName + ' (@' + username + ')' : '@' + username;
  const { referredCredits = 0 } = answer.campaign ?? {};
  const offer = referredCredits > 0 ? ' You get ' + referredCredits + ' credits for it.' : '';
  document.querySelector('[data-inviter]').textContent =
    referrer + ' invited you. Get one page for all your links.' + offer;
  return { note: 'Invited by ' + referrer };
}

const LEVELS = ['Weak', 'Fair', 'Good', 'Strong'];

/** A light hint by length and variety. The server decides. */
async function checkStrength(value) {
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/].filter((kind) => kind.test(value)).length;
  const size = Math.min([...value].length, 2 * new Set(value.toLowerCase()).size);
  const score = size < 8 ? 0 : size + 2 * kinds;
  const level = [12, 16, 21].filter((least) => score >= least).length;
  return { note: LEVELS[level], level: level + 1 };
}

const CHECKS = { username: checkUsername, referralCode: checkReferralCode, strength: checkStrength };

/** Checks a field now and whenever the user has stopped typing. */
function watchField(input) {
  const error = document.getElementById(input.id + '-error');
  const note = document.getElementById(input.id + '-note');
  const show = (text, invalid, level) => {
    note.textContent = invalid ? '' : (text ?? '');
    error.textContent = invalid ?? '';
    if (invalid) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
    if (level) note.dataset.level = level;
    else delete note.dataset.level;
  };
  let timer;
  const check = async () => {
    const value = input.type === 'password' || input.dataset.check === 'strength' ? input.value : input.value.trim();
    if (value === '') return show();
    const result = await CHECKS[input.dataset.check](value).catch(() => ({}));
    // An answer for an earlier value comes too late.
    if (value === input.value || value === input.value.trim()) show(result.note, result.error, result.level);
  };
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(check, input.dataset.check === 'strength' ? 0 : 400);
  });
  void check();
}

for (const input of document.querySelectorAll('[data-check]')) watchField(input);
for (const button of document.querySelectorAll('[data-copy]')) button.addEventListener('click', copyAddress);
for (const button of document.querySelectorAll('[data-share]')) {
  button.hidden = !navigator.share;
  button.addEventListener('click', shareAddress);
}
for (const button of document.querySelectorAll('[aria-controls]')) button.addEventListener('click', togglePassword);
for (const form of document.forms) {
  form.noValidate = true;
  form.addEventListener('submit', submit);
}
for (const button of document.querySelectorAll('button')) button.disabled = false;
`;
