import type { BlockInput } from '../generated/hey-api';
import type { BlockInput as OrvalBlockInput } from '../generated/orval/model';
import type { components } from '../generated/openapi-typescript';

// @ts-expect-error a link needs a URL
export const withoutUrl: components['schemas']['BlockInput'] = { type: 'link', title: 'My notes' };
// @ts-expect-error `alt` belongs to images
export const wrongData: BlockInput = { type: 'link', url: 'https://example.com', data: { alt: 'x' } };
// @ts-expect-error there is no such type
export const wrongType: OrvalBlockInput = { type: 'video', url: 'https://example.com' };
