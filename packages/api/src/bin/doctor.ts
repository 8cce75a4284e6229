import { isDatabaseUnavailable } from '@linkgrove/db';
import { formatDifferences, examineDatabase, formatFinding } from '../features/doctor/service.ts';
import { requireDatabaseUrl } from './database-url.ts';

// Recounts every stored number. Read-only. Exit code: 0 if all agree, 1 if some differ, 2 if the check itself failed.
try {
  const url = await requireDatabaseUrl(process.env);
  const findings = await examineDatabase(url, (finding) => console.log(formatFinding(finding)));
  const differences = findings.flatMap(formatDifferences);
  for (const line of differences) console.log(line);
  process.exitCode = differences.length > 0 ? 1 : 0;
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  console.error(isDatabaseUnavailable(error) ? 'The database cannot be reached' : text);
  process.exit(2);
}
