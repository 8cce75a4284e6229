import { randomBytes } from 'node:crypto';
import { openDatabase } from '@linkgrove/db';
import { cloneDatabase } from '@linkgrove/db/testing';
import { expect, inject, it } from 'vitest';
import { recordPepper, requireRightPepper } from './pepper.ts';

it('FT50: a database refuses every pepper but the one of the first program that used it', async () => {
  const database = await cloneDatabase(inject('databaseServerUrl'));
  const { db, close } = openDatabase({ url: database.url });
  const [right, wrong] = [randomBytes(32), randomBytes(32)];
  await Promise.all(Array.from({ length: 30 }, () => requireRightPepper(db, [right])));
  await requireRightPepper(db, [right]);
  await expect(requireRightPepper(db, [wrong])).rejects.toThrow(
    'PASSWORD_PEPPER is not the one that this database was made with',
  );
  await requireRightPepper(db, [wrong, right]);
  const rows = await db.selectFrom('installation_facts').selectAll().execute();
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain(right.toString('base64url'));
  await recordPepper(db, [wrong, right]);
  await requireRightPepper(db, [wrong]);
  await expect(requireRightPepper(db, [right])).rejects.toThrow('PASSWORD_PEPPER is not the one');
  await close();
  await database.drop();
});
