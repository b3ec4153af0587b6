"""Bar charts drawn on the server as SVG shapes; the content security policy allows no inline style."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext

HEIGHT, STEP, GAP = 48, 10, 2
DAYS, MONTHS = 30, 12


@dataclass(frozen=True, slots=True)
class ChartBar:
    """One bar in units of the chart: the whole, and the part of it that failed."""

    name: str
    x: int
    y: float
    height: float
    failed_y: float
    failed_height: float
    requests: int = 0
    tokens: int = 0
    errors: int = 0
    said: str = ""

    @property
    def tokens_text(self) -> str:
        """The tokens, with commas."""
        return f"{self.tokens:,}"

    @property
    def words(self) -> str:
        """The label of the bar."""
        if self.said:
            return self.said
        if self.errors:
            return gettext("{requests:,} requests, {tokens:,} tokens, {errors:,} failed").format(
                requests=self.requests, tokens=self.tokens, errors=self.errors
            )
        return gettext("{requests:,} requests, {tokens:,} tokens").format(requests=self.requests, tokens=self.tokens)


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars, oldest first, and the size of the drawing."""

    title: str
    bars: list[ChartBar]
    width: int
    height: int = HEIGHT
    bar_width: int = STEP - GAP
    said: str = ""

    @property
    def requests(self) -> int:
        """All requests that are drawn."""
        return sum(bar.requests for bar in self.bars)

    @property
    def words(self) -> str:
        """The label of the whole chart."""
        if self.said:
            return self.said
        return gettext("{requests:,} requests, {tokens:,} tokens").format(
            requests=self.requests, tokens=sum(bar.tokens for bar in self.bars)
        )


def chart_of_days(days: dict[str, dict[str, int]]) -> Chart:
    """Requests of the last thirty days."""
    today = dt.datetime.now(dt.UTC).date()
    names = [(today - dt.timedelta(days=back)).isoformat() for back in range(DAYS - 1, -1, -1)]
    return _usage_chart(gettext("The last {days} days").format(days=DAYS), names, days)


def chart_of_months(months: dict[str, dict[str, int]]) -> Chart:
    """Requests of the last twelve months."""
    today = dt.datetime.now(dt.UTC).date()
    count = today.year * 12 + today.month - 1
    numbers = range(count - MONTHS + 1, count + 1)
    return _usage_chart(
        gettext("The last {months} months").format(months=MONTHS),
        [f"{n // 12:04}-{n % 12 + 1:02}" for n in numbers],
        months,
    )


def chart_of_values(title: str, values: list[tuple[str, float, str]], said: str, *, most: float = 0) -> Chart:
    """A chart of any measure: name, value and label of each bar. ``most`` is what fills it; 0 for the highest value."""
    most = most or max((value for _, value, _ in values), default=0) or 1
    bars = []
    for number, (name, value, words) in enumerate(values):
        height = round(max(2.0, value / most * HEIGHT) if value > 0 else 0.0, 1)
        bars.append(ChartBar(name, number * STEP, round(HEIGHT - height, 1), height, HEIGHT, 0.0, said=words))
    return Chart(title, bars, len(values) * STEP - GAP, said=said)


def _usage_chart(title: str, names: list[str], found: dict[str, dict[str, int]]) -> Chart:
    blank = {"requests": 0, "tokens": 0, "errors": 0}
    counted = [found.get(name, blank) for name in names]
    most = max(1, *(max(0, entry["requests"]) for entry in counted))
    bars = [_usage_bar(name, i, entry, most) for i, (name, entry) in enumerate(zip(names, counted, strict=True))]
    return Chart(title, bars, len(names) * STEP - GAP)


def _usage_bar(name: str, number: int, entry: dict[str, int], most: int) -> ChartBar:
    requests = max(0, entry["requests"])
    # Owners can write these figures over REST: out of range, they must not draw outside the chart.
    errors = min(requests, max(0, entry["errors"]))
    height = max(2.0, requests / most * HEIGHT) if requests else 0.0
    failed = height * errors / requests if requests else 0.0
    return ChartBar(
        name=name,
        x=number * STEP,
        y=round(HEIGHT - height, 1),
        height=round(height, 1),
        failed_y=round(HEIGHT - failed, 1),
        failed_height=round(failed, 1),
        requests=requests,
        tokens=max(0, entry["tokens"]),
        errors=errors,
    )
