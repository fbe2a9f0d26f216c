"""What the people of the sandbox said before it was started: one tuple a message (who, what), oldest first.

`|` separates a day from the next; times are spread over the working hours of each.
"""

from __future__ import annotations

Line = tuple[str, str]
DAY: Line = ("|", "")

CODE = """def settle(invoices: list[Invoice]) -> Decimal:
    total = Decimal(0)
    for invoice in invoices:
        if not invoice.paid:
            total += invoice.amount   # net, VAT is added later
    return total"""

LONG = (
    "I went through the whole feedback from the pilot, and because it is a lot I'll just write it down here in one go. "
    "First, people like that it opens quickly; four out of six said so without being asked. Second, nobody found the "
    "export: it is under Reports, but everyone looked in the menu at the top. I would move it, or put a link there. "
    "Third, the word 'workspace' means something else in accounting, so we should either explain it once or call "
    "it something else in that department. "
)

TEAM: tuple[Line, ...] = (
    ("bob", "Morning all. Sprint review is at 14:00 today, in the big room for once."),
    ("robin", "Morning! I'll bring the adapter, last time we spent ten minutes looking for it."),
    ("zsofi", "Jó reggelt! Demo order: Robin, me, Árpád, Alice?"),
    ("arpad", "Fine with me. I need five minutes, not more."),
    ("alice", "👍"),
    ("layla", "سأنضم عن بُعد اليوم، هل يمكن لأحد مشاركة الرابط؟"),
    ("alice", "Of course: https://meet.example.org/review-week-42?room=big&from=chat"),
    ("layla", "شكرًا!"),
    DAY,
    (
        "zsofi",
        "Notes from the review:\n\n- export link moves to the top menu\n- Árpád checks the backup times"
        "\n- Bob writes to the customer"
        "\n- next review in two weeks",
    ),
    ("kim", "🎉🎉🎉"),
    ("bob", "Wrote to them. They'd like a call on Tuesday, I proposed 10:30."),
    ("alice", "Tuesday 10:30 works for me."),
    ("robin", "For me too. I'll prepare the two slides about performance."),
    (
        "arpad",
        "Backups: the nightly run now starts at 22:00 and ends before midnight. "
        "Before, it collided with the index rebuild.",
    ),
    DAY,
    ("robin", "Is the coffee machine on the third floor working again?"),
    ("zsofi", "It is! They even cleaned it."),
    ("alice", "Best news of the week."),
)

ALICE_BOB: tuple[Line, ...] = (
    ("bob", "Hi Alice, do you have the figures for the quarterly report?"),
    ("alice", "Almost. I'm waiting for two invoices from the Lisbon office."),
    ("bob", "OK. No stress, the deadline is Friday noon."),
    ("alice", "They're here: https://intranet.example.org/finance/q3/summary"),
    ("bob", "Perfect, thank you! The chart on page two is exactly what I wanted."),
    DAY,
    ("bob", f"Does this look right to you?\n\n{CODE}"),
    ("alice", "Nearly: a credit note has a negative amount and is never 'paid', so it would be counted every month."),
    ("bob", "Ah. That explains the 312.50 in August."),
    ("alice", "It does 😄"),
    ("bob", "Fixed, with a test. Could you have a quick look at the change before lunch?"),
    ("alice", "Looked. Two small remarks, otherwise good to go."),
    DAY,
    ("bob", "Released. Nothing exploded."),
    ("alice", "The best kind of release."),
    ("bob", "Lunch at 12:15?"),
    ("alice", "Yes! The usual place."),
)

ALICE_ROBIN: tuple[Line, ...] = (
    ("robin", "Did you see the new floor plan? We're moving next to the windows 🪟"),
    ("alice", "I did! Finally some daylight for my plants."),
    ("robin", "How many are there by now?"),
    ("alice", "Seven. Eight with the cactus, but it doesn't count, it's tougher than all of us."),
    DAY,
    ("robin", "I tried the new build on the old laptop. It starts in two seconds, before it was nine."),
    ("alice", "Wow. What did you change?"),
    ("robin", "Mostly I deleted things."),
    ("robin", "Do you have time for a short call this afternoon?"),
)

ALICE_ZSOFI: tuple[Line, ...] = (
    ("zsofi", "Szia Alice! Elkészült a fordítás, átnéznéd, kérlek?"),
    ("alice", "Szia! I'll try, my Hungarian is still at the 'árvíztűrő tükörfúrógép' level."),
    ("zsofi", "That's more than most people have after a year 😄"),
    ("alice", "In the third paragraph: shouldn't 'ő' be there instead of 'ö'?"),
    ("zsofi", "Well spotted! Javítottam."),
    DAY,
    ("zsofi", "The glossary is at https://intranet.example.org/wiki/Sz%C3%B3t%C3%A1r (see the second table)."),
    ("alice", "Thank you, that will save us a lot of questions."),
)

ALICE_LAYLA: tuple[Line, ...] = (
    ("layla", "صباح الخير أليس، كيف كان الاجتماع أمس؟"),
    ("alice", "Good morning! It went well, they accepted the offer."),
    ("layla", "ممتاز! سأرسل العقد (النسخة 2.1) إلى contracts@example.org اليوم."),
    ("alice", 'Great. The subject should be "Contract 2.1 – Haddad".'),
    ("layla", "تم ✅ الرابط: https://intranet.example.org/contracts/2.1"),
    DAY,
    ("layla", "שלום, זה גם עובד בעברית, ועם English באמצע."),
    ("alice", "Both directions in one line. Impressive!"),
)

ALICE_KIM: tuple[Line, ...] = (
    ("kim", "🌻"),
    ("alice", "🌻🌻"),
    ("kim", "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 ❤️‍🔥 🇭🇺"),
    ("alice", "😂"),
    ("kim", "Can we use the small room at 3?"),
    ("alice", "Yes, it's free until 4."),
)

ALICE_TOM: tuple[Line, ...] = (
    ("tom", "The template prints <b>bold</b> instead of making it bold. Any idea?"),
    ("alice", "Then it is escaped twice: &amp;lt;b&amp;gt; somewhere?"),
    (
        "tom",
        "<script>alert('no')</script> <img src=x onerror=alert(1)> "
        "is what I pasted into the form, and it just showed it. Good!",
    ),
    ("alice", 'As it should. And javascript:alert(1) must not be a link, https://example.org/?q=<i>&x="1" should be.'),
    ("tom", "{{ 7*7 }} {% now 'Y' %} ${7*7} <!-- --> ]]> stays as it is, too."),
    ("alice", "*not bold*, _not italic_, `maybe code`, 1 < 2 && 3 > 2"),
)

ALICE_MAXIMILIANA: tuple[Line, ...] = (
    ("maximiliana", LONG * 6),
    ("alice", "Thank you for writing all this down!"),
    ("maximiliana", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 8),
    ("alice", "https://intranet.example.org/" + "a-very-long-path/" * 20 + "?and=" + "parameters&" * 10),
    ("maximiliana", "One\n\n\n\nline\n\n\n\nat\n\n\n\na\n\n\n\ntime."),
)

ALICE_MARIA: tuple[Line, ...] = (
    ("maria", "Which Maria did you mean, me or the one in Porto?"),
    ("alice", "You! I always check the picture twice before I press Enter."),
)

ALICE_MARIAELENA: tuple[Line, ...] = (
    ("mariaelena", "This is the Porto Maria speaking. I got a mail that was for the other one."),
    ("alice", "Sorry! I forwarded it."),
)

ALICE_DANIEL: tuple[Line, ...] = (
    ("daniel", "Here is the file: report\u202efdp.exe – don't open it, it is for the training."),
    ("alice", "Zero\u200bwidth\u200bspaces\u2060 and\u00ad soft hyphens come next, I suppose?"),
)

BOB_ROBIN: tuple[Line, ...] = (
    ("bob", "Robin, are you on the on-call rota this week?"),
    ("robin", "Until Thursday, then it's Zsófi."),
    ("bob", "Thanks!"),
)

ROBIN_ZSOFI: tuple[Line, ...] = (
    ("robin", "Who writes to Alice first today?"),
    ("zsofi", "You did yesterday, so it's my turn 😄"),
)

OPERATIONS = (
    "Build {n} is green.",
    "Build {n} failed in the integration tests, looking.",
    "It was the clock again. Restarted, green now.",
    "Deployed {n} to staging.",
    "Deployed {n} to production, watching the graphs.",
    "All quiet.",
    "Disk on host-{m} is at 8{m} %, cleaning up the old logs.",
    "Done, {m} GB free again.",
    "Is anybody using the test database? I'd like to rebuild it.",
    "Go ahead.",
    "Rebuilt in {m} minutes.",
    "Can you restart the print server on floor {m}?",
    "Restarted. It printed {n} pages of its own history first.",
    "Ticket https://tickets.example.org/{n} is solved.",
    "Thanks!",
    "👍",
    "The certificate of mail-{m} expires in {m} days, I renew it tonight.",
    "Renewed.",
    "Köszi, szép munka!",
    "Backup finished at 23:{m}, {n} files, no errors.",
)
