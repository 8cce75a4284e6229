import type { Operation } from '@trpc/client';

const isBlob = (value: unknown): value is Blob => typeof Blob === 'function' && value instanceof Blob;

const hasFile = (input: unknown): input is Record<string, unknown> =>
  typeof input === 'object' && input !== null && Object.values(input).some(isBlob);

/** Uploads are as slow as the network is. */
export const UPLOAD_TIMEOUT_MS = 600_000;

export const isUpload = ({ input }: Pick<Operation, 'input'>): boolean => hasFile(input);

function toForm(input: Record<string, unknown>): FormData {
  const form = new FormData();
  // The server knows the limit of a file only if its purpose comes first.
  const entries = Object.entries(input);
  const members = [false, true].flatMap((isFile) => entries.filter(([, value]) => isBlob(value) === isFile));
  for (const [name, value] of members) {
    if (isBlob(value)) form.append(name, value);
    else if (value !== undefined && value !== null)
      form.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return form;
}

/** An input that holds a file travels as a form, which JSON could not carry. */
export const withForm = (op: Operation): Operation =>
  hasFile(op.input) ? { ...op, input: toForm(op.input) } : op;
