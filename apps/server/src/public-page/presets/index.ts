import type { PublicPage } from '@linkgrove/api';
import { LOUD_PRESETS } from './loud.ts';
import type { Preset } from './palette.ts';
import { QUIET_PRESETS } from './quiet.ts';

export const PRESET_LOOKS: Record<PublicPage['theme']['preset'], Preset> = {
  ...QUIET_PRESETS,
  ...LOUD_PRESETS,
};
