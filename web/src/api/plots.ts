// The figures that a run has shown.
import { requestBlob } from './request';

export function plotAddress(tree: string, run: string, plot: number): string {
  return `/api/trees/${encodeURIComponent(tree)}/runs/${encodeURIComponent(run)}/plots/${plot}`;
}

export function getPlot(tree: string, run: string, plot: number): Promise<Blob> {
  return requestBlob(plotAddress(tree, run, plot));
}
