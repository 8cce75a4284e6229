import { z } from 'zod';
import { defineTopic } from '../../outbox/schema.ts';

export const filesWithheldTopic = defineTopic('files.withhold', z.object({ workspaceId: z.uuid() }));
