import { isDatabaseUnavailable } from '@linkgrove/db';
import { findEmbeddedUrl } from '@linkgrove/db/embedded';
import { formatDifferences, examineDatabase, formatFinding } from '../features/referrals/doctor/service.ts';

// doctor   recounts every number from its rows and compares; the exit code is 0 where all agree, 1 where
//          something differs, 2 where it could not be told. It only reads, and may run beside everything else.

const fail = (message: string): never => {
  console.error(message);
  process.exit(2);
};

const url = process.env['DATABASE_URL'] || (await findEmbeddedUrl(process.env['DATA_DIR'] || '.data'));
if (!url) fail('DATABASE_URL is required, or an embedded database that runs');

try {
  const findings = await examineDatabase(String(url), (finding) => console.log(formatFinding(finding)));
  const differences = findings.flatMap(formatDifferences);
  for (const line of differences) console.log(line);
  process.exitCode = differences.length > 0 ? 1 : 0;
} catch (error) {
  fail(isDatabaseUnavailable(error) ? 'The database cannot be reached, or went away' : String(error));
}
