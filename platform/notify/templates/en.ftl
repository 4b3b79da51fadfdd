# A one-time code.
code = { $code } is your code for { $brand }. It is good for ten minutes. Do not give it to anybody.
    .subject = Your code for { $brand }: { $code }
    .sms = { $code } is your code for { $brand }. Do not give it to anybody.

# To the contact of a webhook that was switched off.
webhook_off = The webhook at { $host } has not answered for five days and was switched off.

    What has happened since then was not delivered to it. Switch it on again when it answers.
    .subject = { $brand }: a webhook was switched off
    .sms = { $brand }: the webhook at { $host } does not answer and was switched off.
