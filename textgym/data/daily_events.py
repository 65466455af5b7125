"""Reports of what happens to people: matches, storms, accidents, concerts, rescues."""

from textgym.data.event_kinds import EventKind
from textgym.data.invented_names import count, date, day, person, pick, product, river, team, thousands, town

DAILY_EVENTS = (
    EventKind(
        name="match",
        slots={
            "winner": team,
            "loser": team,
            "score": lambda rng: f"{rng.integers(3, 7)}-{rng.integers(0, 3)}",
            "day": day,
            "scorer": person,
            "crowd": thousands(3, 60),
        },
        key=(
            (
                "{winner} beat {loser} {score} on {day}.",
                "On {day} it was {winner} who came out on top against {loser}, winning {score}.",
                "{loser} went down {score} to {winner} on {day}.",
                "There was no stopping {winner} on {day}: they took the match against {loser} {score}.",
            ),
            (
                "{scorer} scored twice for the winners.",
                "Two of the winners' goals came from {scorer}.",
                "The winners could thank {scorer}, who found the net twice.",
            ),
            (
                "A crowd of {crowd} watched the match.",
                "Some {crowd} people had come to see it.",
                "The stands held {crowd} spectators.",
            ),
        ),
        background=(
            "The referee, {decoy_person}, showed {decoy_number} yellow cards.",
            "The two sides last met in {decoy_town}, when neither found the net.",
            "The next match will be played in {decoy_town} on {decoy_day}.",
            "The groundskeepers had worked since {decoy_day} to clear the pitch of water.",
        ),
        summary="{winner} beat {loser} {score} on {day}, with two goals by {scorer}, before a crowd of {crowd}.",
        facts=("winner first", "loser first", "score", "day", "scorer last", "crowd"),
    ),
    EventKind(
        name="storm",
        slots={
            "storm": product,
            "town": town,
            "day": day,
            "houses": count(12, 900),
            "hurt": count(2, 40),
            "wind": count(90, 210),
        },
        key=(
            (
                "Storm {storm} hit {town} on {day}.",
                "On {day} the storm named {storm} reached {town}.",
                "{town} lay in the path of storm {storm} on {day}.",
                "People in {town} woke on {day} to find storm {storm} over their roofs.",
            ),
            (
                "It damaged {houses} houses and hurt {hurt} people.",
                "It left {hurt} people hurt and {houses} houses damaged.",
                "The damage came to {houses} houses, and {hurt} people were hurt.",
            ),
            (
                "Winds reached {wind} kilometres per hour.",
                "Gusts of up to {wind} kilometres per hour were measured.",
                "At its peak the wind blew at {wind} kilometres per hour.",
            ),
        ),
        background=(
            "Schools in nearby {decoy_town} will stay closed until {decoy_day}.",
            "The fire service took {decoy_number} calls in an hour.",
            "Forecasters had first expected the weather to turn towards {decoy_town}.",
            "Trains to {decoy_town} ran {decoy_number} minutes late.",
        ),
        summary="Storm {storm} hit {town} on {day} with winds of {wind} kilometres per hour, damaging {houses} houses and hurting {hurt} people.",
        facts=("storm", "town", "day", "wind", "houses", "hurt"),
    ),
    EventKind(
        name="accident",
        slots={
            "what": pick("bus", "lorry", "tram", "van", "ferry"),
            "town": town,
            "other": pick("bridge", "wall", "train", "gate", "crane"),
            "hurt": count(2, 60),
            "day": day,
            "cause": pick("ice", "fog", "a burst tyre", "a failed brake", "a fallen tree", "bad light"),
        },
        key=(
            (
                "A {what} hit a {other} in {town} on {day}.",
                "On {day} a {what} ran into a {other} in {town}.",
                "A {other} in {town} was struck by a {what} on {day}.",
            ),
            (
                "The accident hurt {hurt} people.",
                "In all {hurt} people were hurt.",
                "Doctors treated {hurt} people who were hurt.",
            ),
            (
                "Police named {cause} as the cause.",
                "The cause was {cause}, police said.",
                "According to the police, {cause} was to blame.",
            ),
        ),
        background=(
            "The road to {decoy_town} stayed closed for {decoy_number} hours.",
            "{decoy_person}, who lives nearby, heard a loud noise.",
            "Crews from {decoy_town} helped to clear the scene.",
            "Repairs should be finished by {decoy_day}.",
        ),
        summary="A {what} hit a {other} in {town} on {day} because of {cause}, hurting {hurt} people.",
        facts=("what", "other", "town", "day", "hurt", "cause last"),
    ),
    EventKind(
        name="concert",
        slots={
            "star": person,
            "town": town,
            "crowd": thousands(2, 70),
            "date": date,
            "songs": count(12, 34),
            "cause": pick(
                "the hospital",
                "the zoo",
                "the lifeboats",
                "the music school",
                "the old theatre",
                "the food bank",
            ),
        },
        key=(
            (
                "The singer {star} gave a concert in {town} on {date}.",
                "On {date} {town} saw a concert by the singer {star}.",
                "{town} was the place to be on {date}, when the singer {star} took the stage.",
            ),
            (
                "{crowd} people heard {songs} songs.",
                "The audience of {crowd} was given {songs} songs.",
                "In the end {songs} songs were sung for {crowd} listeners.",
            ),
            (
                "The money goes to {cause}.",
                "All proceeds go to {cause}.",
                "It was done to help {cause}, which will get the money.",
            ),
        ),
        background=(
            "The evening began with {decoy_person} at the piano.",
            "The tour had started in {decoy_town} with only {decoy_number} listeners.",
            "Extra trains to {decoy_town} ran until midnight.",
            "Tickets had been sold out since {decoy_day}.",
        ),
        summary="The singer {star} gave a concert of {songs} songs for {crowd} people in {town} on {date} to help {cause}.",
        facts=("star last", "songs", "crowd", "town", "date", "cause last"),
    ),
    EventKind(
        name="rescue",
        slots={
            "who": person,
            "river": river,
            "what": pick("child", "dog", "fisherman", "swimmer", "cyclist", "horse"),
            "town": town,
            "day": day,
            "minutes": count(4, 55),
        },
        key=(
            (
                "{who} saved a {what} from the river {river} on {day}.",
                "On {day} a {what} was pulled from the river {river} by {who}.",
                "A {what} owes its life to {who}, who jumped into the river {river} on {day}.",
            ),
            (
                "It happened near {town}.",
                "The place was a bend of the water near {town}.",
                "Walkers near {town} saw it all.",
            ),
            (
                "The rescue took {minutes} minutes.",
                "It was over after {minutes} minutes.",
                "For {minutes} minutes nobody knew how it would end.",
            ),
        ),
        background=(
            "A boat from {decoy_town} came {decoy_number} minutes too late.",
            "{decoy_person} of the coast guard asked people to keep away from the bank.",
            "The water had been high since {decoy_day}.",
            "A path along the bank leads to {decoy_town}.",
        ),
        summary="{who} saved a {what} from the river {river} near {town} on {day} in {minutes} minutes.",
        facts=("who last", "what", "river", "town", "day", "minutes"),
    ),
)
