# To whoever reported something: it arrived.
acknowledged = Thank you. Your report ({ $category }) has arrived. Its tracking number is { $number }.

    With this number you can see how it stands.
    .subject = { $brand }: your report { $number }
    .sms = { $brand }: your report ({ $category }) has arrived. Tracking number { $number }.
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
    .subject = { $brand }: request { $number } is open again
    .sms = { $brand }: request { $number } is open again. { $text }
    .title = Your request is open again

# It is a duplicate of another one.
merged = Request { $number } ({ $category }) is about the same thing as request { $other }. What happens from now on is told there.

    { $text }
    .subject = { $brand }: request { $number } goes on as { $other }
    .sms = { $brand }: request { $number } goes on as { $other }. { $text }
    .title = Your request was put together with another

# It is no duplicate after all.
unmerged = Request { $number } ({ $category }) is looked after on its own again.

    { $text }
    .subject = { $brand }: request { $number } stands on its own again
    .sms = { $brand }: request { $number } stands on its own again. { $text }
    .title = Your request stands on its own again

# To staff: a deadline is near, or over.
deadline = Request { $number } ({ $category }) { $when ->
        [before] should be done by { $due }
       *[after] should have been done by { $due }
    }.
    .subject = { $brand }: the deadline of request { $number }
    .sms = { $brand }: deadline of request { $number }: { $due }
    .title = A deadline
