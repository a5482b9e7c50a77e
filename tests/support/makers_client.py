"""The makers' own clients of models behind one face, pointed at the fake."""

from base64 import b64encode
from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any

import anthropic
import httpx2
import openai

from cli.fakes.providers import FakeProviders
from cli.fakes.speech_script import KEY

genai: Any = import_module("google.genai")  # part of its types are unknown
PICTURE = b"\xff\xd8\xff\xe0 not really"
PICTURE_BASE64 = b64encode(PICTURE).decode()
PICTURE_URL = f"data:image/jpeg;base64,{PICTURE_BASE64}"


class MakersClient:
    """One maker's client behind one face."""

    def __init__(self, provider: str, fake: FakeProviders, key: str = KEY) -> None:
        self.provider, self.fake = provider, fake
        self._anthropic = anthropic.AsyncAnthropic(api_key=key, base_url=fake.url, max_retries=0)
        self._openai = openai.AsyncOpenAI(api_key=key, base_url=f"{fake.url}/v1", max_retries=0)
        self._http = httpx2.AsyncClient()  # with its own it takes aiohttp, and warns
        options = genai.types.HttpOptions(base_url=fake.url, httpx_async_client=self._http)
        self._google = genai.Client(api_key=key, http_options=options)

    async def __aenter__(self) -> "MakersClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._anthropic.close()
        await self._openai.close()
        await self._google.aio.aclose()
        await self._http.aclose()

    async def ask(self, model: str = "some-model") -> tuple[str, tuple[int, int, int]]:
        """The text; tokens in, cached, out."""
        return await getattr(self, f"_ask_{self.wire}")(model)

    def stream(self, model: str = "some-model") -> AsyncIterator[str]:
        return getattr(self, f"_stream_{self.wire}")(model)

    @property
    def wire(self) -> str:
        return self.provider.replace("-", "_")

    async def _ask_anthropic(self, model: str) -> tuple[str, tuple[int, int, int]]:
        reply = await self._anthropic.messages.create(
            model=model, max_tokens=99, messages=[{"role": "user", "content": "How much?"}]
        )
        used = reply.usage
        cached = used.cache_read_input_tokens or 0
        text = "".join(part.text for part in reply.content if part.type == "text")
        return text, (used.input_tokens + cached, cached, used.output_tokens)

    async def _stream_anthropic(self, model: str) -> AsyncIterator[str]:
        async with self._anthropic.messages.stream(
            model=model, max_tokens=99, messages=[{"role": "user", "content": "How much?"}]
        ) as stream:
            async for text in stream.text_stream:
                yield text

    async def _ask_openai(self, model: str) -> tuple[str, tuple[int, int, int]]:
        reply = await self._openai.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "How much?"}]
        )
        used = reply.usage
        assert used is not None
        assert used.prompt_tokens_details is not None
        cached = used.prompt_tokens_details.cached_tokens or 0
        text = reply.choices[0].message.content or ""
        return text, (used.prompt_tokens, cached, used.completion_tokens)

    async def _stream_openai(self, model: str) -> AsyncIterator[str]:
        async with await self._openai.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "How much?"}], stream=True
        ) as stream:
            async for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    yield chunk.choices[0].delta.content

    async def _ask_openai_responses(self, model: str) -> tuple[str, tuple[int, int, int]]:
        reply = await self._openai.responses.create(model=model, input="How much?")
        used = reply.usage
        assert used is not None
        cached = used.input_tokens_details.cached_tokens
        return reply.output_text, (used.input_tokens, cached, used.output_tokens)

    async def _stream_openai_responses(self, model: str) -> AsyncIterator[str]:
        async with await self._openai.responses.create(
            model=model, input="How much?", stream=True
        ) as stream:
            async for event in stream:
                if event.type == "response.output_text.delta":
                    yield event.delta

    async def _ask_google(self, model: str) -> tuple[str, tuple[int, int, int]]:
        reply = await self._google.aio.models.generate_content(
            model=model,
            contents="How much?",
            config=genai.types.GenerateContentConfig(max_output_tokens=99),
        )
        used = reply.usage_metadata
        assert used is not None
        written = (used.candidates_token_count or 0) + (used.thoughts_token_count or 0)
        cached = used.cached_content_token_count or 0
        return reply.text or "", (used.prompt_token_count or 0, cached, written)

    async def _stream_google(self, model: str) -> AsyncIterator[str]:
        stream = await self._google.aio.models.generate_content_stream(
            model=model, contents="How much?"
        )
        async for chunk in stream:
            if chunk.text:
                yield chunk.text

    async def show(self, model: str = "some-model") -> None:
        """Asks about a picture."""
        await getattr(self, f"_show_{self.wire}")(model)

    async def _show_anthropic(self, model: str) -> None:
        source = {"type": "base64", "media_type": "image/jpeg", "data": PICTURE_BASE64}
        content: Any = [{"type": "image", "source": source}, {"type": "text", "text": "What?"}]
        await self._anthropic.messages.create(
            model=model, max_tokens=99, messages=[{"role": "user", "content": content}]
        )

    async def _show_openai(self, model: str) -> None:
        picture = {"type": "image_url", "image_url": {"url": PICTURE_URL}}
        content: Any = [picture, {"type": "text", "text": "What?"}]
        await self._openai.chat.completions.create(
            model=model, messages=[{"role": "user", "content": content}]
        )

    async def _show_openai_responses(self, model: str) -> None:
        picture = {"type": "input_image", "image_url": PICTURE_URL, "detail": "auto"}
        content = [picture, {"type": "input_text", "text": "What?"}]
        asked: Any = [{"role": "user", "content": content}]
        await self._openai.responses.create(model=model, input=asked)

    async def _show_google(self, model: str) -> None:
        picture = genai.types.Part.from_bytes(data=PICTURE, mime_type="image/jpeg")
        await self._google.aio.models.generate_content(model=model, contents=[picture, "What?"])

    async def logprobs(self, model: str = "some-model") -> list[float]:
        """Of the answer's tokens; Anthropic has none."""
        return await getattr(self, f"_logprobs_{self.wire}")(model)

    async def _logprobs_openai(self, model: str) -> list[float]:
        reply = await self._openai.chat.completions.create(
            model=model,
            messages=[{"role": "user", "content": "How much?"}],
            logprobs=True,
            top_logprobs=1,
        )
        told = reply.choices[0].logprobs
        assert told is not None
        return [one.logprob for one in told.content or ()]

    async def _logprobs_openai_responses(self, model: str) -> list[float]:
        reply = await self._openai.responses.create(
            model=model, input="How much?", include=["message.output_text.logprobs"]
        )
        item: Any = reply.output[0]
        return [one.logprob for one in item.content[0].logprobs]

    async def _logprobs_google(self, model: str) -> list[float]:
        config = genai.types.GenerateContentConfig(response_logprobs=True, logprobs=1)
        reply = await self._google.aio.models.generate_content(
            model=model, contents="How much?", config=config
        )
        (answer,) = reply.candidates
        told = [one.log_probability for one in answer.logprobs_result.chosen_candidates]
        assert answer.avg_logprobs == told[0]
        return told

    async def vectors(self, texts: list[str], size: int) -> list[list[float]]:
        """Google's embeddings."""
        config = genai.types.EmbedContentConfig(output_dimensionality=size)
        reply = await self._google.aio.models.embed_content(
            model="gemini-embedding-001", contents=texts, config=config
        )
        return [row.values for row in reply.embeddings]

    async def tokens(self, text: str) -> int:
        """As Google counts them."""
        counted = await self._google.aio.models.count_tokens(model="some-model", contents=text)
        return counted.total_tokens

    async def models(self) -> list[str]:
        """Names of those listed."""
        match self.provider:
            case "anthropic":
                return [model.id async for model in self._anthropic.models.list()]
            case "google":
                pager = await self._google.aio.models.list()
                return [model.name.removeprefix("models/") async for model in pager]
            case _:
                return [model.id async for model in self._openai.models.list()]
