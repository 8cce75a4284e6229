export type IdempotentAnswersTable = {
  caller: string;
  key_hash: Buffer;
  request_hash: Buffer;
  answer: Buffer;
  expires_at: Date;
};
