import { createRandom, drawRidge, fade, paint, repeat, wrapSvg } from './svg.ts';

type Size = { width: number; height: number };
const WIDE: Size = { width: 1_280, height: 800 };
const SQUARE: Size = { width: 800, height: 800 };

type Landscape = { sky: string[]; sun: string; layers: string[]; seed: number; size?: Size; water?: boolean };

/** Hills or a shore under a sun or moon. */
export function drawLandscape({ sky, sun, layers, seed, size = WIDE, water = false }: Landscape) {
  const { width, height } = size;
  const random = createRandom(seed);
  const ridges = layers.map((color, index) =>
    drawRidge(random, {
      width,
      height,
      top: height * (0.5 + (0.42 * index) / layers.length),
      swing: height * (0.2 - 0.1 * (index / layers.length)),
      color,
    }),
  );
  const glints = water
    ? repeat(26, () => {
        const y = height * (0.72 + random() * 0.26);
        return `<rect x="${random() * width}" y="${y}" width="${30 + random() * 120}" height="3" rx="2" fill="${sun}" opacity=".35"/>`;
      })
    : '';
  return paint(
    wrapSvg(
      width,
      height,
      `<defs>${fade('sky', sky)}</defs><rect width="${width}" height="${height}" fill="url(#sky)"/><circle cx="${width * 0.66}" cy="${height * 0.3}" r="${height * 0.11}" fill="${sun}"/>${ridges.join('')}${glints}`,
    ),
  );
}

type Portrait = {
  back: string[];
  skin: string;
  hair: string;
  clothes: string;
  long?: boolean;
  beard?: boolean;
  glasses?: boolean;
};

/** A person from the shoulders up, in flat colours. */
export function drawPortrait({
  back,
  skin,
  hair,
  clothes,
  long = false,
  beard = false,
  glasses = false,
}: Portrait) {
  const behind = long
    ? `<path d="M250 330c0-110 60-180 150-180s150 70 150 180v250H250Z" fill="${hair}"/>`
    : '';
  const chin = beard
    ? `<path d="M298 385c8 95 50 140 102 140s94-45 102-140c-30 40-60 34-102 34s-72 6-102-34Z" fill="${hair}"/>`
    : '';
  const frames = glasses
    ? '<g fill="none" stroke="#222" stroke-width="8"><circle cx="355" cy="362" r="34"/><circle cx="445" cy="362" r="34"/><path d="M389 358q11-8 22 0"/></g>'
    : '';
  return paint(
    wrapSvg(
      800,
      800,
      `<defs>${fade('back', back)}</defs><rect width="800" height="800" fill="url(#back)"/>${behind}<path d="M120 800c0-160 110-220 280-220s280 60 280 220Z" fill="${clothes}"/><path d="M340 480h120v110q-60 60-120 0Z" fill="${skin}"/><path d="M340 520q60 46 120 0v30q-60 50-120 0Z" fill="#0002"/><ellipse cx="400" cy="370" rx="108" ry="135" fill="${skin}"/>${chin}<path d="M284 372c-14-140 52-208 120-208 84 0 130 80 112 208-16-66-52-106-86-112-60 34-110 30-146 112Z" fill="${hair}"/><g fill="#2a1a14"><circle cx="356" cy="366" r="9"/><circle cx="444" cy="366" r="9"/></g><path d="M360 440q40 34 80 0" fill="none" stroke="#7a2f2a" stroke-width="9" stroke-linecap="round"/>${frames}`,
    ),
    6,
  );
}

type Emblem = { back: string[]; shape: string; size?: Size };

/** A mark in the middle of a ground, drawn in a square of 100. */
export function drawEmblem({ back, shape, size = SQUARE }: Emblem) {
  const { width, height } = size;
  const scale = Math.min(width, height) / 100;
  return paint(
    wrapSvg(
      width,
      height,
      `<defs>${fade('back', back)}</defs><rect width="${width}" height="${height}" fill="url(#back)"/><g transform="translate(${(width - 100 * scale) / 2} ${(height - 100 * scale) / 2}) scale(${scale})">${shape}</g>`,
    ),
    6,
  );
}

type Weave = { colors: string[]; seed: number; size?: Size };

/** A folded cloth with stripes. */
export function drawCloth({ colors, seed, size = SQUARE }: Weave) {
  const { width, height } = size;
  const random = createRandom(seed);
  const [ground = '#eee', ...threads] = colors;
  const stripes = repeat(14, () => {
    const color = threads[Math.floor(random() * threads.length)];
    return `<rect x="${random() * width}" width="${4 + random() * 34}" height="${height}" fill="${color}" opacity="${0.6 + random() * 0.4}"/>`;
  });
  const weft = repeat(
    height / 8,
    (index) => `<rect y="${index * 8}" width="${width}" height="3" fill="#fff" opacity=".13"/>`,
  );
  const folds = repeat(
    4,
    (index) =>
      `<path d="M${width * (0.15 + index * 0.24)} 0q${30 - index * 20} ${height / 2} -20 ${height}h26q34-${height / 2} 10-${height}Z" fill="#000" opacity=".09"/>`,
  );
  return paint(
    wrapSvg(
      width,
      height,
      `<rect width="${width}" height="${height}" fill="${ground}"/>${stripes}${weft}${folds}`,
    ),
    16,
  );
}

type Dish = { table: string; food: string[]; seed: number; size?: Size; kind: 'pasta' | 'pieces' | 'loaf' };

/** A plate or a board, seen from above. */
export function drawDish({ table, food, seed, kind, size = SQUARE }: Dish) {
  const { width, height } = size;
  const random = createRandom(seed);
  const [x, y, radius] = [width / 2, height / 2, Math.min(width, height) * 0.4];
  const pick = () => food[Math.floor(random() * food.length)];
  const near = (reach: number) => {
    const [angle, distance] = [random() * 2 * Math.PI, Math.sqrt(random()) * radius * reach];
    return [x + Math.cos(angle) * distance, y + Math.sin(angle) * distance] as const;
  };
  const boards = repeat(
    9,
    (index) => `<rect y="${(height * index) / 9}" width="${width}" height="3" fill="#000" opacity=".12"/>`,
  );
  const plate = `<circle cx="${x + 10}" cy="${y + 16}" r="${radius}" fill="#000" opacity=".22"/><circle cx="${x}" cy="${y}" r="${radius}" fill="#f6f2ea"/><circle cx="${x}" cy="${y}" r="${radius * 0.72}" fill="#fffdf8"/>`;
  const pasta = repeat(70, () => {
    const [px, py] = near(0.5);
    return `<path d="M${px} ${py}q${random() * 90 - 45} ${random() * 90 - 45} ${random() * 120 - 60} ${random() * 120 - 60}" stroke="${pick()}" stroke-width="13" fill="none" stroke-linecap="round"/>`;
  });
  const pieces = repeat(13, () => {
    const [px, py] = near(0.52);
    return `<ellipse cx="${px + 4}" cy="${py + 6}" rx="62" ry="44" fill="#000" opacity=".15"/><ellipse cx="${px}" cy="${py}" rx="62" ry="44" fill="${pick()}" transform="rotate(${random() * 180} ${px} ${py})"/>`;
  });
  const herbs = repeat(16, () => {
    const [px, py] = near(0.5);
    return `<ellipse cx="${px}" cy="${py}" rx="11" ry="5" fill="#4d7a35" transform="rotate(${random() * 180} ${px} ${py})"/>`;
  });
  const [crust = '#b5713a', crumb = '#e7b877'] = food;
  const loaf = `<ellipse cx="${x + 12}" cy="${y + 22}" rx="${radius * 1.1}" ry="${radius * 0.72}" fill="#000" opacity=".28"/><ellipse cx="${x}" cy="${y}" rx="${radius * 1.1}" ry="${radius * 0.72}" fill="${crust}"/><ellipse cx="${x}" cy="${y - 12}" rx="${radius}" ry="${radius * 0.6}" fill="${crumb}" opacity=".55"/>${repeat(4, (index) => `<path d="M${x - radius * 0.72 + index * radius * 0.42} ${y + radius * 0.3}q${radius * 0.1}-${radius * 0.4} ${radius * 0.26}-${radius * 0.66}" stroke="#fff4de" stroke-width="16" fill="none" stroke-linecap="round" opacity=".8"/>`)}`;
  const meal = kind === 'loaf' ? loaf : `${plate}${kind === 'pasta' ? pasta : pieces}${herbs}`;
  return paint(
    wrapSvg(width, height, `<rect width="${width}" height="${height}" fill="${table}"/>${boards}${meal}`),
    14,
  );
}

type View = 'tower' | 'stairs' | 'arches' | 'columns' | 'cables' | 'window' | 'dome';

const VIEWS: Record<View, string> = {
  tower: `<path d="M0 0H1280V800H0Z" fill="url(#sky)"/><path d="M420 800 640 40 1010 800Z" fill="#23211f"/><path d="M640 40 1010 800H760Z" fill="#4b4742"/>${repeat(13, (i) => `<path d="M${635 - i * 16} ${110 + i * 54}H${650 + i * 8}" stroke="#d9d2c6" stroke-width="${3 + i * 0.7}"/>`)}`,
  stairs: `<path d="M0 0H1280V800H0Z" fill="#1d1b1a"/>${repeat(15, (i) => `<circle cx="${640 + i * 7}" cy="${400 - i * 5}" r="${520 - i * 34}" fill="hsl(34 12% ${14 + i * 5}%)"/>`)}`,
  arches: `<path d="M0 0H1280V800H0Z" fill="#cfc7ba"/>${repeat(4, (i) => `<path d="M${60 + i * 310} 800V380a115 115 0 0 1 230 0V800Z" fill="hsl(30 8% ${14 + i * 7}%)"/><path d="M${160 + i * 310} 800V400a65 65 0 0 1 130-20V800Z" fill="#efe8da" opacity="${0.2 + i * 0.2}"/>`)}`,
  columns: `<path d="M0 0H1280V800H0Z" fill="#eae4d8"/>${repeat(8, (i) => `<path d="M${i * 170} 0h74V800h-74Z" fill="#37322d" opacity="${0.95 - i * 0.09}"/><path d="M${i * 170 + 74} 0h30l90 800h-30Z" fill="#8d8477" opacity=".35"/>`)}`,
  cables: `<path d="M0 0H1280V800H0Z" fill="url(#sky)"/><path d="M610 0h70V800h-70Z" fill="#1f1d1c"/>${repeat(18, (i) => `<path d="M645 ${30 + i * 12}L${-60 + i * 34} 800M645 ${30 + i * 12}L${1350 - i * 34} 800" stroke="#2a2725" stroke-width="4"/>`)}<path d="M0 700H1280v70H0Z" fill="#1f1d1c"/>`,
  window: `<path d="M0 0H1280V800H0Z" fill="#24201d"/><path d="M420 90h440v460H420Z" fill="#f2ead9"/><path d="M630 90h20v460h-20ZM420 300h440v20H420Z" fill="#24201d"/><path d="M520 800 640 620h420l180 180Z" fill="#f2ead9" opacity=".5"/>`,
  dome: `<path d="M0 0H1280V800H0Z" fill="#e6dfd2"/><circle cx="640" cy="400" r="380" fill="#2c2926"/>${repeat(24, (i) => `<path d="M640 400L${640 + 380 * Math.cos((i * Math.PI) / 12)} ${400 + 380 * Math.sin((i * Math.PI) / 12)}" stroke="#cfc6b6" stroke-width="6"/>`)}${repeat(4, (i) => `<circle cx="640" cy="400" r="${330 - i * 75}" fill="none" stroke="#cfc6b6" stroke-width="6"/>`)}<circle cx="640" cy="400" r="70" fill="#fbf7ee"/>`,
};

/** Buildings in black and white. */
export const drawArchitecture = (view: View) =>
  paint(wrapSvg(1_280, 800, `<defs>${fade('sky', ['#8f8a82', '#efe9dd'])}</defs>${VIEWS[view]}`), 18);

type Stage = { back: string[]; beams: string[]; seed: number; size?: Size };

/** Lights over a crowd. */
export function drawStage({ back, beams, seed, size = WIDE }: Stage) {
  const { width, height } = size;
  const random = createRandom(seed);
  const lights = repeat(9, (index) => {
    const x = (width * (index + 0.5)) / 9;
    const reach = (random() - 0.5) * width * 0.7;
    return `<path d="M${x} 0L${x + reach - 90} ${height}h200Z" fill="${beams[index % beams.length]}" opacity=".28"/>`;
  });
  const heads = repeat(34, () => {
    const [x, radius] = [random() * width, 24 + random() * 26];
    const y = height * (0.86 + random() * 0.12);
    const arm =
      random() > 0.6
        ? `<path d="M${x} ${y}l${random() * 60 - 30}-${90 + random() * 60}" stroke="#0c0a12" stroke-width="18" stroke-linecap="round"/>`
        : '';
    return `<circle cx="${x}" cy="${y}" r="${radius}" fill="#0c0a12"/><rect x="${x - radius * 1.5}" y="${y + radius * 0.6}" width="${radius * 3}" height="${height}" rx="${radius}" fill="#0c0a12"/>${arm}`;
  });
  return paint(
    wrapSvg(
      width,
      height,
      `<defs>${fade('back', back)}</defs><rect width="${width}" height="${height}" fill="url(#back)"/>${lights}${heads}`,
    ),
  );
}

type Pixels = { colors: string[]; seed: number; size?: Size };

/** A scene of an old game. */
export function drawPixels({ colors, seed, size = WIDE }: Pixels) {
  const { width, height } = size;
  const random = createRandom(seed);
  const [night = '#1b1040', ...ground] = colors;
  const cell = 32;
  const stars = repeat(60, () => {
    const [x, y] = [Math.floor(random() * (width / 8)) * 8, Math.floor(random() * (height / 16)) * 8];
    return `<rect x="${x}" y="${y}" width="8" height="8" fill="#fff" opacity="${0.3 + random() * 0.7}"/>`;
  });
  const columns = ground.map((color, layer) => {
    let top = height * (0.45 + layer * 0.16);
    return repeat(Math.ceil(width / cell), (index) => {
      top += Math.floor(random() * 3 - 1) * cell;
      return `<rect x="${index * cell}" y="${top}" width="${cell}" height="${height}" fill="${color}"/>`;
    });
  });
  return paint(
    wrapSvg(
      width,
      height,
      `<rect width="${width}" height="${height}" fill="${night}"/>${stars}<g shape-rendering="crispEdges">${columns.join('')}</g>`,
    ),
    4,
  );
}

const FILM: Size = { width: 1_280, height: 720 };
const SPOKES = 5;

/** Its radius is that of the circle on which it meets other wheels, which have teeth of the same width. */
function drawWheel([x, y, radius]: readonly [number, number, number], color: string): string {
  const tooth = (Math.PI * radius) / Math.round(radius / 10);
  const spokes = repeat(
    SPOKES,
    (index) =>
      `<path d="M0 0V-${radius - 30}" stroke-width="18" transform="rotate(${(index * 360) / SPOKES})"/>`,
  );
  return `<g transform="translate(${x} ${y})" fill="none" stroke="${color}"><circle r="${radius}" stroke-width="34" stroke-dasharray="${tooth}"/><circle r="${radius - 28}" stroke-width="24"/>${spokes}<circle r="26" fill="${color}"/><circle r="10" fill="#14201b" stroke="none"/></g>`;
}

/** Brass wheels of an engine, in the shape of a film. */
export const drawEngine = () =>
  paint(
    wrapSvg(
      FILM.width,
      FILM.height,
      `<defs>${fade('back', ['#2c4038', '#101a16'])}</defs><rect width="${FILM.width}" height="${FILM.height}" fill="url(#back)"/>${drawWheel([520, 400, 230], '#c8973f')}${drawWheel([832, 220, 130], '#e3bd72')}${drawWheel([1_058, 446, 190], '#a87427')}${drawWheel([219, 291, 90], '#d9ab58')}`,
    ),
  );
