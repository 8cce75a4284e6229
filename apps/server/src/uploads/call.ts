import type { Ctx, Endpoint } from '@linkgrove/api';
import type { FastifyRequest } from 'fastify';
import type { Form, FormReceiver } from './receive.ts';

/** Calls a procedure whose input is a form. The caller is known before the first byte of the form is read. */
export async function answerWithForm(
  { call }: Endpoint,
  { ctx, request, receiveForm }: { ctx: Ctx; request: FastifyRequest; receiveForm: FormReceiver },
): Promise<unknown> {
  let form: Promise<Form> | undefined;
  try {
    return await call(ctx, async () => (await (form ??= receiveForm(request))).members);
  } finally {
    await form?.then(
      ({ discard }) => discard(),
      () => {},
    );
  }
}
