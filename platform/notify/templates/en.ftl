# A one-time code.
code = { $code } is your code for { $brand }. It is good for ten minutes. Do not give it to anybody.
    .subject = Your code for { $brand }: { $code }
    .sms = { $code } is your code for { $brand }. Do not give it to anybody.

# To the contact of a webhook that was switched off.
webhook_off = The webhook at { $host } has not answered for five days and was switched off.

    What has happened since then was not delivered to it. Switch it on again when it answers.
    .subject = { $brand }: a webhook was switched off
    .sms = { $brand }: the webhook at { $host } does not answer and was switched off.

# To somebody who was given a role: the link signs them in once.
invitation = You have been invited to work for { $brand }.

    { $linked ->
        [yes] Sign in with this link: { $link }

        It works once, within seven days. Afterwards ask for a code on the same page, with this address.
       *[no] Ask for a code on the sign-in page, with this address.
    }
    .subject = { $brand }: an invitation
    .sms = { $brand } invites you: { $link }
