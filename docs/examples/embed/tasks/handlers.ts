import { sendInvoiceHandler } from './send-invoice/handler.ts';

export const handlers = [sendInvoiceHandler];
