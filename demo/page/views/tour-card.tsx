import type { TourStep } from '../../tour/tour.ts'
import { useDesk } from '../desk.ts'
import { personOf } from '../model/names.ts'
import { visibleTo } from '../model/rows.ts'
import { buttonFor } from '../model/tour.ts'
import { nameOf } from './sidebar.tsx'

export function TourCard() {
  const { state, tell } = useDesk()
  const { tour: steps } = state.seen.shown
  const { index, isSeen } = state.tour
  const step = steps[index]
  if (steps.length === 0) return null
  return (
    <section class="tour" aria-labelledby="tour-title">
      <p class="progress">
        {step ? `Tour · step ${index + 1} of ${steps.length}` : 'Tour · done'}
        <progress
          max={steps.length}
          value={index + (isSeen ? 1 : 0)}
          aria-label="How much of the tour is done"
        />
      </p>
      <h2 id="tour-title">{step?.title ?? 'That was the tour'}</h2>
      {step ? <Step step={step} /> : <p>Now try what you like: type / in the chat, or be somebody else.</p>}
      <div class="actions">
        {step && <DoIt step={step} />}
        {step ? (
          <button
            type="button"
            class={isSeen ? 'button primary' : 'button plain'}
            onClick={() => tell({ kind: 'goes to step', index: index + 1 })}
          >
            {isSeen ? (index + 1 < steps.length ? 'Next' : 'Finish') : 'Skip'}
          </button>
        ) : (
          <button type="button" class="button plain" onClick={() => tell({ kind: 'goes to step', index: 0 })}>
            Start again
          </button>
        )}
      </div>
    </section>
  )
}

function Step({ step }: { readonly step: TourStep }) {
  const { isSeen } = useDesk().state.tour
  return (
    <>
      <p>{step.text}</p>
      {step.types && (
        <p class="typed">
          <code>{step.types}</code>
        </p>
      )}
      <p class="seen" role="status">
        {isSeen && (
          <>
            <span aria-hidden="true">✓</span> Done: see the channel, its thread, and the hosts below.
          </>
        )}
      </p>
    </>
  )
}

/** Becomes the person of the step, goes to its channel, and types or presses. */
function DoIt({ step }: { readonly step: TourStep }) {
  const { state, tell, act, press } = useDesk()
  const { workspace, shown } = state.seen
  const as = shown.roles[step.as]
  const channel = workspace.channels.find(({ name }) => name === step.channel)?.id ?? state.channel
  const target = buttonFor(step, visibleTo({ ...state, channel, me: as }))
  const what = step.presses ? `Press ${target?.button.text ?? 'it'}` : 'Type it'
  const isPossible = step.presses === undefined || target !== undefined
  const doIt = (): void => {
    tell({ kind: 'acts as', person: as })
    if (channel !== state.channel) tell({ kind: 'opens channel', channel })
    if (step.types) void act({ kind: 'type', as, channel, text: step.types })
    if (target) press(target.message, target.button, as)
  }
  return (
    <button
      type="button"
      class={state.tour.isSeen ? 'button plain' : 'button primary'}
      disabled={!isPossible}
      onClick={doIt}
    >
      {what} as {nameOf(personOf(workspace, as))}
    </button>
  )
}
