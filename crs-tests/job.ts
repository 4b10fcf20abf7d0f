// The program of one thread of tests: takes its share, runs it, hands the results back.

import { parentPort, workerData } from 'node:worker_threads';
import { runShare, type Work } from './jobs.ts';

parentPort?.postMessage(await runShare(workerData as Work));
