export const ivrEn = {
  facts: { 'flow.menu-left': 'Left a menu' },
  /** What a new centre calls its own things, by id: the same words as the server's, or they are not recognised. */
  names: {
    /** Of numbers that can be called, by number. */
    number: {
      '4000': 'Main menu',
      '4001': 'Support',
      '4002': 'Sales',
      '4003': 'Billing',
      '4010': 'Echo test',
    },
  },
};
