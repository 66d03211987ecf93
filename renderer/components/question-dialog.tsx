import { Button, Group, Modal } from '@mantine/core';
import { useRef } from 'react';
import { useQuestion } from '../stores/questions.ts';

/** Shows what `ask` asks, once for the page. Escape is no. */
export function QuestionDialog() {
  const { question, answer } = useQuestion();
  // Kept while the dialog fades out.
  const last = useRef(question);
  if (question !== undefined) last.current = question;
  const shown = last.current;
  return (
    <Modal
      opened={question !== undefined}
      onClose={() => answer(false)}
      title={<strong>{shown?.title}</strong>}
      withCloseButton={false}
      centered
      zIndex={400}
    >
      {shown?.text === '' ? null : <p style={{ margin: 0 }}>{shown?.text}</p>}
      <Group mt="lg" justify="flex-end">
        <Button variant="default" onClick={() => answer(false)} data-autofocus data-testid="answer-no">
          {shown?.no}
        </Button>
        <Button
          color={shown?.danger === true ? 'alarm' : 'cobalt'}
          onClick={() => answer(true)}
          data-testid="answer-yes"
        >
          {shown?.yes}
        </Button>
      </Group>
    </Modal>
  );
}
