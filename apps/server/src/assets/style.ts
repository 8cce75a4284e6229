export const BUILT_IN_PAGES_STYLE = `:root {
  color-scheme: light dark;
  --ground: #f3f5f1;
  --glow: #dcebe0;
  --surface: #fff;
  --ink: #17201b;
  --muted: #55605a;
  --line: #dde3dd;
  --edge: #7f8b84;
  --accent: #1a6a45;
  --on-accent: #fff;
  --error: #b3261e;
  --error-ground: #fdecea;
  --done-ground: #e3f3e9;
  --panel: #14452e;
  --on-panel: #eaf6ef;
  --shadow: 0 1px 2px #17201b14, 0 12px 32px #17201b12;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1411;
    --glow: #16281e;
    --surface: #18201b;
    --ink: #e7ece8;
    --muted: #a3afa8;
    --line: #2b352f;
    --edge: #76837b;
    --accent: #7bd3a5;
    --on-accent: #0b1a12;
    --error: #ffb4ab;
    --error-ground: #3a1d1b;
    --done-ground: #1a3325;
    --panel: #13251b;
    --shadow: 0 1px 2px #0006;
  }
}
* {
  box-sizing: border-box;
}
[hidden] {
  display: none !important;
}
body {
  margin: 0;
  min-height: 100dvh;
  padding: clamp(1.25rem, 6vh, 4.5rem) 1rem 3rem;
  background: radial-gradient(48rem 26rem at 50% -8rem, var(--glow), transparent) no-repeat var(--ground);
  color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif;
  overflow-wrap: anywhere;
}
header,
main {
  max-width: var(--width, 27rem);
  margin-inline: auto;
}
.wide {
  --width: 46rem;
}
h1 {
  margin: 0 0 1rem;
  font-size: 1.6rem;
  line-height: 1.2;
  letter-spacing: -0.015em;
  text-wrap: balance;
}
h2 {
  margin: 2rem 0 0.75rem;
  font-size: 1.05rem;
}
p {
  margin: 0 0 1rem;
}
a {
  color: var(--accent);
  text-underline-offset: 0.2em;
}
:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 2px;
  border-radius: 0.375rem;
}
h1:focus,
.message:focus {
  outline: none;
}
.brand {
  display: inline-flex;
  align-items: center;
  gap: 0.625rem;
  min-height: 2.75rem;
  margin-bottom: 0.75rem;
  color: inherit;
  font-weight: 650;
  font-size: 1.1rem;
  text-decoration: none;
}
.card {
  padding: clamp(1.25rem, 5vw, 2rem);
  border: 1px solid var(--line);
  border-radius: 1rem;
  background: var(--surface);
  box-shadow: var(--shadow);
}
.card > :last-child {
  margin-bottom: 0;
}
.lead,
.hint,
.next,
label small,
dt,
li time,
li span {
  color: var(--muted);
}
.lead {
  margin-top: -0.5rem;
}
small,
.hint,
.note,
.error,
li time,
.password button {
  font-size: 0.875rem;
}
.field {
  margin-bottom: 1.125rem;
}
label {
  display: block;
  margin-bottom: 0.25rem;
  font-weight: 600;
}
label small {
  font-weight: 400;
}
.hint,
.note,
.error {
  margin: 0.25rem 0 0;
}
.error {
  color: var(--error);
}
.note {
  color: var(--accent);
}
[data-level='1'],
[data-level='2'] {
  color: var(--muted);
}
[data-level]::before {
  content: '';
  display: inline-block;
  width: 6rem;
  height: 0.375rem;
  margin-inline-end: 0.625rem;
  border-radius: 1rem;
  background: linear-gradient(currentColor 0 0) no-repeat 0 / 25% var(--line);
  vertical-align: middle;
}
[data-level='2']::before {
  background-size: 50%;
}
[data-level='3']::before {
  background-size: 75%;
}
[data-level='4']::before {
  background-size: 100%;
}
.error:empty,
.note:empty,
.message:empty {
  display: none;
}
input {
  width: 100%;
  min-height: 2.75rem;
  padding: 0.5rem 0.75rem;
  border: 1px solid var(--edge);
  border-radius: 0.5rem;
  background: transparent;
  color: inherit;
  font: inherit;
}
[aria-invalid] {
  border-color: var(--error);
  box-shadow: inset 0 0 0 1px var(--error);
}
.password {
  display: flex;
  position: relative;
}
.password input {
  padding-inline-end: 4.5rem;
}
.password button {
  position: absolute;
  inset-block: 0;
  inset-inline-end: 0;
  width: 4.25rem;
}
button,
.button {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  min-height: 2.75rem;
  padding: 0.5rem 1.125rem;
  border: 0;
  border-radius: 0.5rem;
  background: var(--accent);
  color: var(--on-accent);
  font: inherit;
  font-weight: 600;
  text-decoration: none;
  cursor: pointer;
}
a:hover,
button:hover {
  filter: brightness(0.9);
}
form > button:not(.quiet) {
  width: 100%;
}
.quiet {
  padding-inline: 0;
  background: none;
  color: var(--accent);
  text-decoration: underline;
  font-weight: 400;
}
button:disabled,
[aria-busy='true'] button {
  opacity: 0.6;
  cursor: progress;
}
.message {
  margin: 0 0 1rem;
  padding: 0.625rem 0.875rem;
  border-inline-start: 0.25rem solid var(--error);
  border-radius: 0.375rem;
  background: var(--error-ground);
}
.message.done {
  border-color: var(--accent);
  background: var(--done-ground);
}
.next {
  margin-top: 1rem;
}
.next a,
.back {
  display: inline-block;
  padding-block: 0.625rem;
}
.actions {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.25rem 1.25rem;
  margin-top: 1.25rem;
}
.aside {
  display: none;
}
.address {
  margin-top: 1.5rem;
}
.address h2 {
  margin: 0 0 0.375rem;
}
.address .actions {
  margin-top: 0;
}
[data-publish] {
  min-height: 0;
}
@media (min-width: 64rem) {
  .narrow {
    display: grid;
    grid-template-columns: minmax(24rem, 5fr) 7fr;
    padding: 0;
  }
  .narrow header {
    display: flex;
    flex-direction: column;
    width: 100%;
    max-width: none;
    padding: 2.5rem clamp(2rem, 5vw, 5rem);
    background: var(--panel);
    color: var(--on-panel);
  }
  .narrow main {
    place-self: center;
    width: 100%;
    max-width: 34rem;
    padding: 3rem 2rem;
  }
  .aside {
    display: grid;
    gap: 2.5rem;
    align-content: center;
    flex: 1;
    max-width: 24rem;
    margin-inline: auto;
    font-size: 1.125rem;
  }
  .aside svg {
    width: min(13rem, 100%);
    margin-inline: auto;
  }
  .aside strong {
    display: block;
    margin-bottom: 0.5rem;
    font-size: 1.5rem;
    line-height: 1.25;
  }
}
.phone {
  fill: #ffffff12;
  stroke: #ffffff40;
}
.face {
  fill: #7bd3a5;
}
.line {
  fill: #ffffff80;
}
.bar {
  fill: #ffffff2e;
}
code,
pre {
  font: 0.9rem/1.5 ui-monospace, monospace;
}
code {
  display: block;
  padding: 0.625rem 0.75rem;
  border-radius: 0.5rem;
  background: var(--ground);
}
pre {
  margin: 0;
  white-space: pre-wrap;
}
.tiles,
.mails {
  display: grid;
  gap: 0.75rem;
  margin: 1.5rem 0 0;
  padding: 0;
  list-style: none;
}
.tiles {
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr));
}
li a {
  display: block;
  height: 100%;
  padding: 1rem 1.125rem;
  border: 1px solid var(--line);
  border-radius: 0.75rem;
  color: inherit;
  text-decoration: none;
}
li a:hover {
  border-color: var(--accent);
}
li strong {
  display: block;
  color: var(--accent);
}
.mails a {
  display: flex;
  flex-wrap: wrap;
  justify-content: space-between;
  gap: 0 1.5rem;
}
dl {
  display: grid;
  grid-template-columns: max-content 1fr;
  gap: 0.125rem 1rem;
  margin: 0 0 1.25rem;
}
dd {
  margin: 0;
}
iframe {
  display: block;
  width: 100%;
  height: 32rem;
  border: 1px solid var(--line);
  border-radius: 0.75rem;
  background: #fff;
}
`;
