import type { Visitor } from '../../../core/capture/capture.ts';
import type { AppCtx } from '../../../core/context.ts';
import { loadAgentReader } from '../../analytics/agents/service.ts';
import { findCountry } from '../../analytics/geo/service.ts';
import type { Device } from '../../pages/blocks/targeting/schema.ts';
import type { PublicBlockRow } from '../blocks/service.ts';
import type { PublicPage } from '../schema.ts';
import { chooseLanguage, type Dimensions, isShownTo, type TargetedBlock, type Traits } from './policy.ts';

export {
  chooseLanguage,
  type Dimensions,
  isShownTo,
  listDimensions,
  type TargetedBlock,
  type Traits,
  UNKNOWN_TRAITS,
} from './policy.ts';

export const listTargetedBlocks = (rows: PublicBlockRow[]): TargetedBlock[] =>
  rows.flatMap(({ id, targeting }) => (targeting === null ? [] : [{ id, targeting }]));

type TraitsCtx = Pick<AppCtx, 'config' | 'logger'>;

const DEVICES: Record<string, Device> = { mobile: 'phone', tablet: 'tablet' };

async function readDevice({ headers }: Visitor): Promise<Device> {
  const { device } = (await loadAgentReader())(String(headers['user-agent'] ?? ''));
  return DEVICES[device ?? ''] ?? 'desktop';
}

/** Reads only what the page is targeted by. */
export async function readTraits(
  ctx: TraitsCtx,
  visitor: Visitor,
  { country, device, languages }: Dimensions,
  pageLanguage: string,
): Promise<Traits> {
  return {
    country: country ? await findCountry({ ...ctx, ...visitor }) : undefined,
    device: device ? await readDevice(visitor) : undefined,
    language:
      languages.length === 0
        ? undefined
        : chooseLanguage(visitor.headers['accept-language']?.toString(), { languages, pageLanguage }),
  };
}

/** One digit for each targeted block: visitors who see the same blocks share a variant. */
export const buildVariantKey = (blocks: TargetedBlock[], traits: Traits): string =>
  blocks.map(({ targeting }) => (isShownTo(targeting, traits) ? '1' : '0')).join('');

/** Without the blocks of groups that are left out. */
export function selectBlocks(page: PublicPage, blocks: TargetedBlock[], traits: Traits): PublicPage {
  const hidden = new Set(blocks.filter(({ targeting }) => !isShownTo(targeting, traits)).map(({ id }) => id));
  return {
    ...page,
    blocks: page.blocks.filter(({ id, parentId }) => !hidden.has(id) && !hidden.has(parentId ?? '')),
  };
}
