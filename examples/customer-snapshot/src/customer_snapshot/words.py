"""The words that say little about a call: English function words, and the small talk of meetings."""

from __future__ import annotations

STOP_WORDS = frozenset(
    """
    a about above across actually after afternoon again against ago agree agreed ahead all almost
    along already also although always am among an and another any anybody anyone anything anyway
    are aren't around as ask at away back basically be because been before being below best better
    between big bit both bring but by bye call came can can't cannot come comes coming could
    couldn't course cover day days decide decided definitely did didn't different do does doesn't
    doing don't done down during each either else end enough even ever every everybody everyone
    everything exactly far feel few find fine first five follow for forward four friday from full
    fully further gave get gets getting give given gives giving glad go goes going gone gonna good
    got great guess guys had half happen happens happy hard has hasn't have haven't having he he's
    hear hello help her here hers herself hey hi him himself his hope hour hours how however i i'd
    i'll i'm i've idea if in including indeed instead into is isn't it it'd it'll it's item its
    itself join just keep kind know last later least less let let's like little long look looking
    looks lot lots made main make makes making many matter maybe me mean meeting mention might mind
    mine minute minutes monday month months more morning most mostly move much must my myself name
    near need needs never new next nice no nobody none nope nor not note nothing now obviously of
    off often oh okay old on once one ones only onto open or other others otherwise ought our ours
    out outside over own part people per perfect perhaps person piece place please plus point
    possible pretty probably put question questions quick quickly quite rather really reason right
    run said same saturday saw say saying says see seem seems seen send sent set several shall she
    should shouldn't show side since single small so some somebody someone something sometimes
    somewhere soon sorry sort sounds speak start started starting still stop stuff such sunday sure
    take takes taking talk talked talking tell ten than thank thanks that that's the their theirs
    them themselves then there there's therefore these they they'd they'll they're they've thing
    things think thinking this those though thought three through thursday time times to today
    together told tomorrow too took top totally toward towards tried true try trying tuesday two
    under understand until up upon us use used uses using usually very wait walk want wanted wants
    was wasn't way ways we we'd we'll we're we've wednesday week weeks welcome well went were
    weren't what what's whatever when where whether which while who whole whom whose why will with
    within without won't wonder wonderful word work works worth would wouldn't year years yeah yep
    yes yesterday yet you you'd you'll you're you've your yours yourself january february march
    april may june july august september october november december
    """.split()
)
