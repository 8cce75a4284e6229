import { z } from 'zod';

export const href = z.url().describe('The address to link to, which redirects to `url`');
