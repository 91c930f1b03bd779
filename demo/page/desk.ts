import { createContext } from 'preact'
import { useCallback, useContext, useEffect, useMemo, useReducer, useState } from 'preact/hooks'
import type { Act, Message } from '../web/protocol.ts'
import { listen, perform } from './live.ts'
import type { Button } from './model/blocks.ts'
import { type Happening, next, type State } from './model/state.ts'

/** What every part of the page needs: how things stand, and how to do something. */
export interface Desk {
  readonly state: State
  /** Unix milliseconds, moved on every few seconds: relative times go by it. */
  readonly nowMs: number
  /** The sentence about what went wrong last; undefined: nothing did. */
  readonly problem: string | undefined
  tell(happened: Happening): void
  /** True: done. */
  act(act: Act): Promise<boolean>
  /** Presses a button as `as`; one with a dialog asks first. */
  press(message: Message, button: Button, as: string): void
}

export const DeskContext = createContext<Desk | undefined>(undefined)

export function useDesk(): Desk {
  const desk = useContext(DeskContext)
  if (desk === undefined) throw new Error('Only parts of the app have a desk.')
  return desk
}

/** Undefined until the server has said hello. */
export function useLiveDesk(): Desk | undefined {
  const [state, tell] = useReducer<State | undefined, Happening>(next, undefined)
  const [problem, setProblem] = useState<string>()
  const nowMs = useNow()
  useEffect(() => listen(tell), [])

  const act = useCallback(async (act: Act) => {
    const wrong = await perform(act)
    setProblem(wrong)
    return wrong === undefined
  }, [])
  const press = useCallback(
    (message: Message, button: Button, as: string) => {
      if (button.confirm) tell({ kind: 'asks', asking: { message, button } })
      else void act(pressOf(message, button, as))
    },
    [act],
  )
  return useMemo(
    () => (state ? { state, nowMs, problem, tell, act, press } : undefined),
    [state, nowMs, problem, act, press],
  )
}

export function pressOf({ channel, ts }: Message, { action, value, confirm }: Button, as: string): Act {
  return {
    kind: 'press',
    ...{ as, channel, ts, action },
    ...(value === undefined ? {} : { value }),
    ...(confirm ? { confirms: true } : {}),
  }
}

function useNow(): number {
  const [nowMs, setNowMs] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 5_000)
    return () => clearInterval(timer)
  }, [])
  return nowMs
}
