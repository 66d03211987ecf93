/** A request of ours inside a dialog was refused or could not be carried out. */
export class SipRequestError extends Error {
  /** SIP status; 408 when nothing came back, 487 when the dialog ended first. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'SipRequestError';
    this.status = status;
  }
}
