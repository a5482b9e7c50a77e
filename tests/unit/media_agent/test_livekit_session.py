"""LiveKit's sessions, as far as a long meeting depends on them."""

from typing import Any, cast

from livekit.agents import AgentStateChangedEvent

from media_agent.adapters.livekit.session import QuietSession


async def test_a_session_tells_its_events_and_keeps_none() -> None:
    session = cast("Any", QuietSession(vad=None))
    told: list[str] = []

    def tell(event: AgentStateChangedEvent) -> None:
        told.append(event.new_state)

    session.on("agent_state_changed", tell)
    kept = len(session._recorded_events)
    for _ in range(100):
        session.emit(
            "agent_state_changed",
            AgentStateChangedEvent(old_state="listening", new_state="speaking"),
        )
    assert told == ["speaking"] * 100
    assert len(session._recorded_events) == kept
