import { type Db, sqlPart } from '@linkgrove/db';
import { buildSignUpQuery, type SignUpParts, type SignUpRow } from './statement.ts';

/** Throws the unique violations of users and codes, and the check violation of a handle that is not free. */
export async function executeSignUp(db: Db, parts: SignUpParts): Promise<SignUpRow> {
  const { rows } = await buildSignUpQuery(parts).execute(db);
  const [row] = rows;
  if (!row) throw new Error('The sign-up statement returned no row');
  return row;
}

/** For a new user who is not signed in. */
export const noSessionParts: SignUpParts['session'] = {
  session: sqlPart<'account'>`select id, id as user_id from account where false`,
  refreshToken: sqlPart<'session'>`select from session`,
  device: sqlPart<'session'>`select from session`,
};
