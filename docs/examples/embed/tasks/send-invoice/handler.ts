import { Report } from 'serverless-task-queue';
import { sendInvoice } from './contract.ts';

export const sendInvoiceHandler = sendInvoice.handledBy(async ({ parameters, context }) => {
  await context.progress(50, 'written');
  return Report.success(`The invoice of order ${parameters.order} is on its way`);
});
