"""Reports of what firms and towns do: launches, results, elections, finds, openings."""

from textgym.data.event_kinds import EventKind
from textgym.data.invented_names import company, count, date, day, millions, person, pick, product, town

CIVIC_EVENTS = (
    EventKind(
        name="launch",
        slots={
            "company": company,
            "product": product,
            "thing": pick("phone", "bicycle", "camera", "radio", "oven", "drone"),
            "price": count(40, 980),
            "date": date,
            "chief": person,
        },
        key=(
            (
                "{company} presented a new {thing}, the {product}.",
                "The {product}, a new {thing}, was presented by {company}.",
                "A new {thing} called the {product} is coming from {company}.",
            ),
            (
                "It will cost {price} crowns and go on sale on {date}.",
                "From {date} it can be bought for {price} crowns.",
                "Buyers will pay {price} crowns for it when it reaches shops on {date}.",
            ),
            (
                "The {thing} was designed by {chief}.",
                "{chief} led its design.",
                "Its designer is {chief}, who joined the company straight from school.",
            ),
        ),
        background=(
            "A rival in {decoy_town} sells a similar one for {decoy_number} crowns less.",
            "Guests at the event in {decoy_town} could try it for {decoy_number} minutes.",
            "The company's first shop opened in {decoy_town}.",
            "Shares barely moved until {decoy_day}.",
        ),
        summary="{company} presented the {product}, a {thing} designed by {chief}, on sale from {date} for {price} crowns.",
        facts=("company first", "product", "thing", "price", "date", "chief last"),
    ),
    EventKind(
        name="election",
        slots={
            "winner": person,
            "loser": person,
            "town": town,
            "share": count(51, 79),
            "day": day,
            "promise": pick(
                "new schools", "cheaper buses", "a larger park", "safer roads", "a new library", "more trees"
            ),
        },
        key=(
            (
                "{winner} was elected mayor of {town} on {day}.",
                "On {day} the voters of {town} chose {winner} as their mayor.",
                "{town} has a new mayor since {day}: {winner}.",
            ),
            (
                "{winner} won {share} percent of the votes against {loser}.",
                "With {share} percent of the votes the result against {loser} was clear.",
                "The rival, {loser}, was left far behind as {share} percent of the votes went to the winner.",
            ),
            (
                "The new mayor promised {promise}.",
                "The promise of the campaign was {promise}.",
                "What the town can now expect is {promise}, if the promise is kept.",
            ),
        ),
        background=(
            "Counting took {decoy_number} hours because a machine broke.",
            "The polling station at {decoy_town} Street opened late.",
            "{decoy_person} had held the office for {decoy_number} years.",
            "The council meets again on {decoy_day}.",
        ),
        summary="{winner} was elected mayor of {town} on {day} with {share} percent of the votes against {loser}, promising {promise}.",
        facts=("winner last", "town", "day", "share", "loser last", "promise last"),
    ),
    EventKind(
        name="results",
        slots={
            "company": company,
            "way": pick("rose", "fell"),
            "percent": count(3, 88),
            "profit": millions(2, 95),
            "reason": pick(
                "strong exports", "high wages", "cheap power", "new shops", "a long strike", "a cold winter"
            ),
            "head": person,
        },
        key=(
            (
                "The profit of {company} {way} by {percent} percent to {profit} crowns.",
                "Profit at {company} {way} {percent} percent and now stands at {profit} crowns.",
                "At {profit} crowns, the profit of {company} {way} by {percent} percent.",
            ),
            (
                "The company named {reason} as the reason.",
                "The reason given was {reason}.",
                "Behind the figures stands one thing, the report says: {reason}.",
            ),
            (
                "{head} stays as chief executive.",
                "The chief executive, {head}, stays in office.",
                "There will be no change at the top, where {head} stays chief executive.",
            ),
        ),
        background=(
            "The board met for {decoy_number} hours in {decoy_town}.",
            "An investor, {decoy_person}, had asked for more.",
            "The factory in {decoy_town} has {decoy_number} machines.",
            "Staff will be told on {decoy_day}.",
        ),
        summary="Profit at {company} {way} by {percent} percent to {profit} crowns because of {reason}; {head} stays chief executive.",
        facts=("company first", "way", "percent", "profit", "reason last", "head last"),
    ),
    EventKind(
        name="find",
        slots={
            "finder": person,
            "what": pick("coins", "pots", "swords", "rings", "bones", "masks"),
            "number": count(12, 950),
            "town": town,
            "age": lambda rng: f"{rng.integers(4, 60)}00",
            "date": date,
        },
        key=(
            (
                "{finder} found {number} old {what} near {town}.",
                "Near {town}, {number} old {what} were found by {finder}.",
                "A field near {town} held {number} old {what} until {finder} found them.",
            ),
            (
                "They are about {age} years old.",
                "Experts put their age at {age} years.",
                "Tests showed an age of {age} years.",
            ),
            (
                "They will be shown from {date}.",
                "The public can see them from {date} on.",
                "A show of the whole find opens on {date}.",
            ),
        ),
        background=(
            "A farmer, {decoy_person}, had asked for a new well.",
            "The museum in {decoy_town} has only {decoy_number} pieces of the kind.",
            "Digging had to stop on {decoy_day} because of the rain.",
            "A team from {decoy_town} used {decoy_number} brushes.",
        ),
        summary="{finder} found {number} {what} about {age} years old near {town}; they will be shown from {date}.",
        facts=("finder last", "number", "what", "age", "town", "date"),
    ),
    EventKind(
        name="opening",
        slots={
            "thing": pick("bridge", "library", "hospital", "museum", "station", "school"),
            "town": town,
            "date": date,
            "cost": millions(2, 95),
            "builder": company,
            "years": count(2, 19),
        },
        key=(
            (
                "A new {thing} was opened in {town} on {date}.",
                "On {date} {town} opened its new {thing}.",
                "{town} has had a new {thing} since {date}.",
            ),
            (
                "It was built by {builder} in {years} years.",
                "{builder} needed {years} years to build it.",
                "After {years} years of work {builder} handed over the keys.",
            ),
            (
                "It cost {cost} crowns.",
                "The bill came to {cost} crowns.",
                "The town paid {cost} crowns for it.",
            ),
        ),
        background=(
            "{decoy_person} had wanted it to be painted green.",
            "The one in {decoy_town} is {decoy_number} metres longer.",
            "The first plan had come from {decoy_town}.",
            "A party for the neighbours follows on {decoy_day}.",
        ),
        summary="A new {thing}, built by {builder} in {years} years for {cost} crowns, was opened in {town} on {date}.",
        facts=("thing", "builder first", "years", "cost", "town", "date"),
    ),
)
