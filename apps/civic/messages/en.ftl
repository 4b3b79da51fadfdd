# At the end of every message about a request.
footer = { $linked ->
        [yes] How it stands: { $link }

        No more messages about this request: { $leave }
       *[no] Its number is { $number }.
    }

# To whoever reported something: it arrived.
acknowledged = Thank you. Your report ({ $category }) has arrived. Its tracking number is { $number }.

    { footer }
    .subject = { $brand }: your report { $number }
    .sms = { $brand }: your report ({ $category }) has arrived. Tracking number { $number }. { $link }
    .title = Your report has arrived

# It stands otherwise than before.
changed = Request { $number } ({ $category }) is now { $status ->
        [open] open
        [in_progress] in progress
        [under_review] under review
        [pending_external] waiting for somebody outside the city
       *[other] changed
    }.

    { $text }

    { footer }
    .subject = { $brand }: request { $number } has changed
    .sms = { $brand }: request { $number } is now { $status ->
        [open] open
        [in_progress] in progress
        [under_review] under review
        [pending_external] waiting for others
       *[other] changed
    }. { $text }
    .title = Your request has changed

# The city answered in public.
answered = The city has answered about request { $number } ({ $category }):

    { $text }

    { footer }
    .subject = { $brand }: an answer about request { $number }
    .sms = { $brand }: about request { $number }: { $text }
    .title = The city has answered

# It is done, or will not be done.
closed = Request { $number } ({ $category }) is { $status ->
        [resolved] resolved
       *[other] closed
    }.

    { $text }

    If it is not done, you can open it again for a while.

    { footer }
    .subject = { $brand }: request { $number } is { $status ->
        [resolved] resolved
       *[other] closed
    }
    .sms = { $brand }: request { $number } is { $status ->
        [resolved] resolved
       *[other] closed
    }. { $text }
    .title = Your request is closed

# Somebody found that it was not done.
reopened = Request { $number } ({ $category }) has been opened again.

    { $text }

    { footer }
    .subject = { $brand }: request { $number } is open again
    .sms = { $brand }: request { $number } is open again. { $text }
    .title = Your request is open again

# It is a duplicate of another one.
merged = Request { $number } ({ $category }) is about the same thing as request { $other }. What happens from now on is told there.

    { $text }

    { footer }
    .subject = { $brand }: request { $number } goes on as { $other }
    .sms = { $brand }: request { $number } goes on as { $other }. { $text }
    .title = Your request was put together with another

# It is no duplicate after all.
unmerged = Request { $number } ({ $category }) is looked after on its own again.

    { $text }

    { footer }
    .subject = { $brand }: request { $number } stands on its own again
    .sms = { $brand }: request { $number } stands on its own again. { $text }
    .title = Your request stands on its own again

# To an address for which somebody asked for messages: does its owner want them?
confirm = Somebody asked that you be told what happens to request { $number } ({ $category }) here.

    { $linked ->
        [yes] If that was you, say yes here: { $confirm }
       *[no] This cannot be answered now, because this server has no public address.
    }

    If it was not you, do nothing: nothing else will be sent, and this address is forgotten after three days.
    .subject = { $brand }: do you want messages about request { $number }?
    .sms = { $brand }: messages about request { $number }? If you asked for them, say yes: { $confirm }
    .title = Do you want these messages?

# To staff: a deadline is near, or over.
deadline = Request { $number } ({ $category }) { $when ->
        [before] should be done by { $due }
       *[after] should have been done by { $due }
    }.

    { $linked ->
        [yes] Open it: { $link }
       *[no] { $number }
    }
    .subject = { $brand }: the deadline of request { $number }
    .sms = { $brand }: deadline of request { $number }: { $due }
    .title = A deadline
