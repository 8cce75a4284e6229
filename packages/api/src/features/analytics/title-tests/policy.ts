import type { TitleTestResult } from './schema.ts';

/** For each title; below, the normal approximation does not hold. */
export const MIN_VIEWS = 200;
export const MIN_CLICKS = 10;
/** Stricter than the usual 5 %, as owners look again and again, and visitors who come back are no new sample. */
export const MAX_P_VALUE = 0.01;

export type Counts = { views: number; clicks: number };
type Judgement = Pick<TitleTestResult, 'verdict' | 'winner' | 'pValue' | 'statement'>;

/** Abramowitz and Stegun 7.1.26, whose error is below 1.5e-7. */
function computeErrorFunction(x: number): number {
  const t = 1 / (1 + 0.3275911 * x);
  const sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return 1 - sum * Math.exp(-x * x);
}

/** The two-sided test of two proportions with their pooled variance. */
export function computePValue(a: Counts, b: Counts): number {
  const pooled = (a.clicks + b.clicks) / (a.views + b.views);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / a.views + 1 / b.views));
  const z = Math.abs(a.clicks / a.views - b.clicks / b.views) / deviation;
  return 1 - computeErrorFunction(z / Math.SQRT2);
}

const isEnough = ({ views, clicks }: Counts): boolean =>
  views >= MIN_VIEWS && clicks >= MIN_CLICKS && views - clicks >= MIN_CLICKS;

const formatShare = (share: number): string => `${(share * 100).toFixed(1)} %`;

export function judgeTitles(a: Counts, b: Counts): Judgement {
  if (!isEnough(a) || !isEnough(b))
    return {
      verdict: 'collecting',
      winner: null,
      pValue: null,
      statement: `Too early to tell: each title needs at least ${MIN_VIEWS} views, and ${MIN_CLICKS} of them with a click and ${MIN_CLICKS} without`,
    };
  const pValue = Math.round(computePValue(a, b) * 10_000) / 10_000;
  const [rateA, rateB] = [a.clicks / a.views, b.clicks / b.views];
  if (pValue >= MAX_P_VALUE)
    return {
      verdict: 'undecided',
      winner: null,
      pValue,
      statement: `No clear difference yet: ${formatShare(rateA)} of views of a and ${formatShare(rateB)} of b led to a click, which may be chance (p = ${pValue})`,
    };
  const winner = rateA > rateB ? 'a' : 'b';
  return {
    verdict: 'decided',
    winner,
    pValue,
    statement: `Title ${winner} is clicked more often: ${formatShare(rateA)} of views of a and ${formatShare(rateB)} of b led to a click (p = ${pValue})`,
  };
}
