export const BASE_STYLE = `*{box-sizing:border-box}
html{background:var(--ground);-webkit-text-size-adjust:100%}
body{margin:0;min-height:100dvh;display:flex;flex-direction:column;background:var(--bg);color:var(--text);font:1rem/1.5 var(--font);overflow-wrap:anywhere}
main{width:min(100% - 2.5rem,35rem);margin:0 auto;padding-top:clamp(2.25rem,7vh,4.5rem);flex:1}
header{text-align:var(--align)}
:root{--face:6rem;--tall:1;--align:center}
.face{display:grid;place-items:center;width:var(--face);height:calc(var(--face)*var(--tall));margin:0 auto 1.125rem;border-radius:50%;background:var(--accent);color:var(--ground);font-size:calc(var(--face)*.42);font-weight:600;object-fit:cover;box-shadow:0 0 0 4px var(--ground),0 0 0 5px var(--edge)}
img{position:relative}
header,.blocks>li{min-width:0}
h1{margin:0;font-size:1.625rem;line-height:1.2;letter-spacing:-.015em;text-wrap:balance}
h2{margin:1.25rem 0 .125rem;font-size:1.0625rem;line-height:1.3;text-align:var(--align);text-wrap:balance}
p{margin:0}
.name{margin-top:.125rem;color:var(--muted)}
.bio{max-width:30rem;margin:.75rem auto 0;white-space:pre-line;unicode-bidi:plaintext;text-wrap:balance}
a{color:inherit;text-underline-offset:.2em}
ul{margin:0;padding:0;list-style:none}
.blocks{display:grid;grid-template-columns:minmax(0,1fr);gap:.875rem;margin-top:2rem}
svg{display:block;width:1.375rem;height:1.375rem;fill:currentColor;flex:none}
:focus-visible{outline:3px solid var(--accent);outline-offset:3px;border-radius:var(--corner)}
footer{padding:3rem max(1.25rem,(100% - 35rem)/2) 1.75rem;text-align:var(--align);font-size:.875rem;color:var(--muted)}
footer ul{display:flex;flex-wrap:wrap;justify-content:var(--align);gap:.25rem 1.25rem;max-width:clamp(17rem,(100vw - 26rem)*99,100%);margin:0 auto}
footer a{display:inline-flex;align-items:center;gap:.5rem;min-height:2.75rem;text-decoration:none}
footer a:hover{color:var(--text);text-decoration:underline}
footer svg{width:1rem;height:1rem}
@media print{:root{--bg:#fff;--ground:#fff;--text:#000;--muted:#333;--button:#fff;--on-button:#000;--sub:#333;--card:#fff;--on-card:#000;--link:#000;--accent:#000;--edge:#999;--shadow:none}.face{border:1px solid;color:#000;background:none}iframe,footer{display:none}li{break-inside:avoid}}
`;

export const PRINT_STYLE = `@media print{a[data-to]::after{content:attr(data-to);position:static;margin-inline-start:auto;translate:none;font-size:.8em}}
`;

export const VERIFIED_STYLE = `.verified svg{display:inline-block;width:.85em;height:.85em;color:var(--accent)}
`;

export const BUTTON_STYLE = `.button{position:relative;display:flex;align-items:center;justify-content:var(--align);gap:.875rem;min-height:3.75rem;height:100%;padding:.625rem 1.125rem;border:var(--border) solid var(--edge);border-radius:var(--radius);background:var(--button);color:var(--on-button);box-shadow:var(--shadow);text-align:var(--align);text-decoration:none;font-weight:600;line-height:1.3}
.button>:is(span,bdi){min-width:0;overflow-wrap:anywhere;text-wrap:balance}
`;

export const NOTE_STYLE = `.button:has(small){border-radius:var(--corner)}
.button small{display:block;margin-top:.125rem;color:var(--sub);font-size:.875rem;font-weight:400}
`;

export const PINNED_STYLE = `.pinned{min-height:4.5rem;padding-inline:3rem;font-size:1.0625rem}
.pinned::after{content:"★";content:"★"/"";position:absolute;inset-inline-end:1.125rem;top:50%;translate:0 -50%}
.grid .pinned::after{top:1.125rem;translate:none}
`;

/** Pictures at the start and equal padding at the end, so that all labels share one axis. */
export const THUMBNAIL_STYLE = `.with{padding-inline:4rem}
.with>svg,.with>img{position:absolute;inset-inline-start:.5rem;top:50%;translate:0 -50%;width:2.75rem}
.grid .with{padding-inline:.625rem 1.125rem}
.grid .with>svg,.grid .with>img{position:relative;inset:auto;translate:none}
`;

export const THUMBNAIL_PICTURE_STYLE = `.with>img{height:2.75rem;border-radius:calc(var(--radius)*.7);object-fit:cover;flex:none}
.with>img::after{content:"";position:absolute;inset:0;border-radius:inherit;background:color-mix(in srgb,var(--sub) 20%,var(--ground))}
.with:has(small)>img{border-radius:calc(var(--corner)*.6)}
`;

/** Shared by text of every kind. */
export const TEXT_STYLE = `.text{height:100%;padding:1.125rem 1.25rem;border:var(--border) solid var(--edge);border-radius:var(--corner);background:var(--card);color:var(--on-card)}
.text h2{margin:0 0 .375rem;text-align:start}
.text a{color:var(--link)}
.text>*+*{margin-top:.625rem}
`;

/** Styles of Markdown, by the elements that need them. */
export const MARKDOWN_STYLES: readonly (readonly [element: RegExp, style: string])[] = [
  [
    /<[uo]l[ >]/,
    `.text ul,.text ol{padding-inline-start:1.25rem;list-style:disc}
.text ol{list-style:decimal}
`,
  ],
  [
    /<h[34][ >]/,
    `.text h3,.text h4{margin:.875rem 0 .25rem;font-size:1.0625rem;line-height:1.3}
.text h4{font-size:1rem}
`,
  ],
  [
    /<blockquote[ >]/,
    `.text blockquote{margin-inline:0;padding-inline-start:.875rem;border-inline-start:3px solid var(--link)}
`,
  ],
  [
    /<table[ >]/,
    `.text .scroll{overflow-x:auto}
.text table{border-collapse:collapse;width:100%}
.text thead:not(:has(th:not(:empty))){display:none}
.text th,.text td{padding:.375rem .625rem;border-bottom:1px solid color-mix(in srgb,var(--on-card) 20%,transparent);text-align:start}
`,
  ],
  [
    /<code[ >]/,
    `.text code{font:.9em/1.5 ui-monospace,monospace}
`,
  ],
];

export const IMAGE_STYLE = `figure{position:relative;height:100%;margin:0}
figure a{display:block;height:100%}
figure img{display:block;width:100%;height:auto;min-height:3rem;border:var(--border) solid var(--edge);border-radius:var(--corner)}
figcaption{margin-top:.5rem;color:var(--muted);font-size:.875rem;text-align:var(--align)}
figure img:not([width]){aspect-ratio:auto 3/2}
`;

const fillPlace = (name: string): string =>
  `figure.${name},figure.${name} img{position:absolute;inset:0;height:100%;object-fit:cover}figure.${name} figcaption{position:absolute;inset-inline-start:.625rem;bottom:.625rem;max-width:calc(100% - 1.25rem);padding:.25rem .625rem;border-radius:1rem;background:var(--ground);color:var(--text)}`;

export const FILL_STYLE = `@media(max-width:47.99rem){${fillPlace('fill-m')}}
@media(min-width:48rem){${fillPlace('fill-d')}}
`;

/** For pictures that could not be loaded: only these have pseudo-elements. */
export const BROKEN_IMAGE_STYLE = `img.face::after{content:attr(data-initial);position:absolute;inset:0;display:grid;place-items:center;border-radius:inherit;background:var(--accent)}
figure img::before{content:"";display:block;height:8rem}
figure img::after{content:attr(alt);position:absolute;inset:0;display:grid;place-items:center;padding:1rem;border-radius:inherit;background:var(--card);color:var(--on-card);text-align:center}
`;

export const EMBED_STYLE = `.embed{display:flex;flex-direction:column;align-items:var(--align);height:100%}
.embed a{display:inline-flex;align-items:center;min-height:2.75rem;color:var(--muted);font-size:.875rem}
iframe{display:block;width:100%;border:var(--border) solid var(--edge);border-radius:min(var(--corner),14px);background:var(--card)}
.video{height:auto;aspect-ratio:16/9}
iframe.fill{flex:1;min-height:10rem}
`;

export const SOCIAL_STYLE = `.social{display:flex;flex-wrap:wrap;justify-content:var(--align);gap:.125rem;margin-top:1rem}
.social a{display:grid;place-items:center;width:2.875rem;height:2.875rem;border-radius:50%;color:var(--text)}
.social a:hover{color:var(--accent)}
li>.social{margin:0}
`;

const styleTallButton = (name: string): string =>
  `.${name}{flex-direction:column;align-items:flex-start;padding:1.125rem;border-radius:var(--corner)}.${name}>:is(span,bdi){margin-top:auto}.grid .${name}>svg{width:1.375rem}`;

export const GRID_STYLE = `main{width:min(100% - 2.5rem,44rem)}
footer{padding-inline:max(1.25rem,(100% - 44rem)/2)}
.blocks{grid-template-columns:repeat(2,minmax(0,1fr));grid-auto-rows:minmax(4.5rem,auto)}
.blocks>li{grid-column:1/-1;min-width:0}
.grid{--align:start}
.grid>li:has(>h2:only-child){align-self:end}
li{position:relative}
@media(max-width:47.99rem){.grid ${styleTallButton('tall-m')}}
@media(min-width:48rem){.blocks{grid-template-columns:repeat(4,minmax(0,1fr))}.grid ${styleTallButton('tall-d')}}
@media(min-width:64rem){:root{--face:8rem}main{width:min(100% - 5rem,70rem);display:grid;grid-template-columns:18rem 1fr;gap:4rem;align-items:start}footer{padding-inline:max(2.5rem,(100% - 70rem)/2)}header{--align:start;position:sticky;top:4.5rem}h1{font-size:2rem}header .face{margin-inline-start:0}header .social{margin-inline-start:-.75rem}.blocks{margin-top:0}}
`;

/** Space between Arabic letters would tear words apart. */
export const JOINED_LETTERS_STYLE = `*{letter-spacing:0!important}
`;

/** Lines break between phrases. */
export const JAPANESE_STYLE = `body{word-break:auto-phrase}
`;

export const NOTICE_STYLE = `main{display:grid;align-content:center;padding-bottom:4rem}
.face{font-size:1.75rem}
.actions{display:grid;gap:.875rem;margin-top:2rem}
`;

export const SHARE_STYLE = `main{max-width:26rem;text-align:center}
.code{display:block;width:min(100%,15rem);height:auto;margin:0 auto;border-radius:1rem;background:#fff}
.address{margin:1.25rem 0;padding:.75rem 1rem;border:1px dashed var(--muted);border-radius:.75rem;user-select:all}
.targets{display:grid;gap:.875rem;margin-top:1.75rem}
`;
