import { expect, it } from 'vitest';
import { formatCsvLine } from './csv.ts';

it.each([
  [['a', 1, -1, null, undefined], 'a,1,-1,,'],
  [['=1+1', '+1', '-1', '@SUM(A1)', '\tx'], "'=1+1,'+1,'-1,'@SUM(A1),'\tx"],
  [['a,b', 'say "hi"', 'two\nlines', '=cmd|"x"'], '"a,b","say ""hi""","two\nlines","\'=cmd|""x"""'],
  [['＝1+1', '＋1', '－1', '＠SUM(A1)'], "'＝1+1,'＋1,'－1,'＠SUM(A1)"],
  [['\n=1'], '"\'\n=1"'],
  [['\r=1'], '"\'\r=1"'],
])('the cells %j are the line %s, which no spreadsheet runs', (cells, line) => {
  expect(formatCsvLine(cells)).toBe(`${line}\r\n`);
});
