import { create } from 'zustand';

/** A question with two answers, asked in a dialog over the page. */
export interface Question {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly no: string;
  /** `yes` loses or breaks something. */
  readonly danger: boolean;
}

interface Asked {
  readonly question: Question | undefined;
  readonly answer: (yes: boolean) => void;
}

const nobody = { question: undefined, answer: () => {} };
export const useQuestion = create<Asked>()(() => nobody);

/** Resolves with what the person chose. A question asked over another answers that one with no. */
export function ask(question: Question): Promise<boolean> {
  useQuestion.getState().answer(false);
  return new Promise((resolve) => {
    useQuestion.setState({
      question,
      answer(yes) {
        useQuestion.setState(nobody);
        resolve(yes);
      },
    });
  });
}
